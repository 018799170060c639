"""Raw HTML in posts: kept as far as it is safe, made valid."""

import pytest

from blog.markdown import Picture, render_post
from tests.markdown.safety import check_valid


def html_of(source: str) -> str:
    html = render_post(source).html
    check_valid(html)
    return html


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<p align=center>a</p>", '<p class="center">a</p>'),
        ("<center>a</center>", '<div class="center">a</div>'),
        ("<p>a<p>b", "<p>a</p>\n<p>b</p>"),
        ("<div>a", "<div>a</div>"),
        ("a</div>", "<p>a</p>"),
        ("<span><p>a</p></span>", "<p>a</p>"),
        ("<b><i>a</b>b</i>", "<p><b><i>a</i></b>b</p>"),
        ("<strike>a</strike> <tt>b</tt>", "<p><s>a</s> <code>b</code></p>"),
        ("<kbd>Ctrl</kbd> H<sub>2</sub>O <mark>m</mark>", "<p><kbd>Ctrl</kbd> H<sub>2</sub>O <mark>m</mark></p>"),
        ("<ul>a<li>b<li>c</ul>", "<ul><li>a</li>\n<li>b</li>\n<li>c</li>\n</ul>"),
        ("<h2><div>a</div></h2>", "<div>a</div>"),
        ("<li>alone</li>", "alone"),
        ("<td>alone</td>", "alone"),
        ("<dl><dd>a</dl>", "<div>a</div>"),
        ("<a name=here></a>text", '<p><span id="user-content-here"></span>text</p>'),
        ("<abbr title=x>a</abbr> <time datetime=2020-01-02>t</time>", '<p><abbr title="x">a</abbr> <time datetime="2020-01-02">t</time></p>'),
        ("<time>yesterday</time>", "<p><span>yesterday</span></p>"),
        ("<progress value=3 max=9>", '<p><progress value="3" max="9"></progress></p>'),
        ("<p style=color:red class='x pull' onclick=y>a</p>", "<p>a</p>"),
        ("<!-- more -->\n\na", "<p>a</p>"),
        ("<p></p>\n\n<ul></ul>\n\n<figure></figure>\n\n<table></table>", ""),
        ("<video src=/media/a.mp4></video>", '<p><a href="/media/a.mp4">/media/a.mp4</a></p>'),
        ("<iframe src=https://example.org/v title='A talk'></iframe>", '<p><a href="https://example.org/v" rel="noopener">A talk</a></p>'),
    ],
)  # fmt: skip
def test_tags_of_an_author(written: str, shown: str) -> None:
    assert html_of(written).replace("<p></p>\n", "").strip() in {shown, shown.removeprefix("<p>").removesuffix("</p>")}


def test_types_in_angle_brackets_are_shown() -> None:
    assert html_of("A Vec<T> and Box<dyn Error> of <heycam>") == "<p>A Vec&lt;T&gt; and Box of &lt;heycam&gt;</p>"


def test_markdown_between_tags_is_read() -> None:
    html = html_of("<details><summary>More</summary>\n\n*Text*\n\n</details>\n\nAfter")

    assert html.split() == ["<details><summary>More</summary>", "<p><em>Text</em></p>", "</details>", "<p>After</p>"]


def test_details_without_a_summary_get_one() -> None:
    assert html_of("<details>a</details>") == "<details><summary>Details</summary>\na</details>"


def test_a_tag_cannot_end_what_markdown_began() -> None:
    assert html_of("> a </blockquote> b\n\nc") == "<blockquote><p>a  b</p>\n</blockquote>\n<p>c</p>"
    assert html_of("- a\n  </li></ul>\n- b").count("<li>") == 2
    assert html_of("| a |\n|---|\n| </table> |\n\nx").count("<table>") == 1


def test_a_tag_cannot_end_what_stands_around_markdowns_own() -> None:
    html = html_of("<div>\n\n> a </div> b\n\nc\n\n</div>\n\nd")

    assert html == "<div><blockquote><p>a  b</p>\n</blockquote>\n<p>c</p>\n</div>\n<p>d</p>"


def test_what_is_left_open_ends_with_its_surroundings() -> None:
    assert html_of("- <div>a\n- b") == "<ul><li><div>a</div>\n</li>\n<li>b</li>\n</ul>"


def test_a_table_is_made_whole() -> None:
    html = html_of("<table><tr><th>a<th><td>b<tr><td colspan=2>c</table>")

    assert html == (
        '<div class="scroll" role="group" tabindex="0" aria-label="Table 1"><table><tbody><tr><th scope="row">a</th>\n'
        '<td></td>\n<td>b</td>\n</tr>\n<tr><td colspan="2">c</td>\n<td></td>\n</tr>\n</tbody>\n</table>\n</div>'
    )


def test_a_header_cell_holds_no_heading() -> None:
    html = html_of("<table><tr><th><div><h2>a</h2></div><td><h2>b</h2></table>")

    assert html.count("<h2") == 1
    assert '<th scope="row"><div>a</div>' in html


def test_a_tables_caption_names_its_box() -> None:
    assert 'aria-label="Two bridges"' in html_of("<table><caption>Two <b>bridges</b></caption><tr><td>a</table>")


def test_a_figure_has_one_caption_at_its_end() -> None:
    html = html_of("<figure><img src=/a.png alt=a><figcaption>b</figcaption>c</figure>")

    assert html.endswith("c<figcaption>b</figcaption>\n</figure>")


def test_raw_pictures_are_sized_and_those_elsewhere_are_links() -> None:
    document = render_post(
        '<img src="/media/a.png" width=100 style="x">\n\n<img src="https://example.org/b.png" alt="B">',
        picture=lambda address: Picture(400, 200),
    )

    assert '<img src="/media/a.png" alt="" width="100" height="50" loading="lazy" decoding="async">' in document.html
    assert '<a href="https://example.org/b.png" rel="noopener">B</a>' in document.html
    assert document.outside_pictures == ("https://example.org/b.png",)


def test_raw_code_gets_the_box_of_code() -> None:
    assert html_of("<pre>\n\na  b</pre>") == (
        '<div class="code"><pre tabindex="0" role="group" aria-label="Code">a  b</pre>\n</div>'
    )


def test_a_link_around_blocks_stays_as_far_as_it_may() -> None:
    assert html_of("<a href=/x><div>a</div></a>") == '<a href="/x"><div>a</div>\n</a>'
    assert "<a " not in html_of("<a href=/x><table><tr><td>a</table></a>")


def test_relations_that_mean_something_are_kept() -> None:
    assert '<a href="https://example.org" rel="me nofollow noopener">' in html_of(
        "<a href=https://example.org rel='nofollow opener me'>x</a>"
    )


def test_classes_of_the_site_cannot_be_borrowed() -> None:
    assert html_of("<div class='code callout note scroll center'>a</div>") == '<div class="center">a</div>'


def test_ids_are_kept_once() -> None:
    assert html_of("<p id=a>x</p><p id=a>y</p><p id='b c'>z</p>").count("id=") == 2


def test_entities_are_characters() -> None:
    assert html_of("<p>&eacute; &lt;b&gt; &amp;amp; &nbsp;</p>") == "<p>é &lt;b&gt; &amp;amp; &nbsp;</p>"
