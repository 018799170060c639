"""What authors can write in a post, and the HTML that the style sheets draw."""

import pytest

from blog.markdown import Labels, Picture, minutes_to_read, render_post
from tests.markdown.safety import tree


def html_of(source: str, **options: object) -> str:
    return render_post(source, **options).html  # type: ignore[arg-type]


def test_paragraphs_emphasis_and_breaks() -> None:
    assert html_of("A *b* **c** ~~d~~ `e`\\\nf\n\ng") == (
        "<p>A <em>b</em> <strong>c</strong> <s>d</s> <code>e</code><br>f</p>\n<p>g</p>"
    )


def test_a_link_to_another_site_says_so_and_one_within_does_not() -> None:
    html = html_of("[out](https://example.org/a?b=1&c=2 'Title') [in](/posts/b) <me@example.org>")

    assert '<a href="https://example.org/a?b=1&amp;c=2" title="Title" rel="noopener">out</a>' in html
    assert '<a href="/posts/b">in</a>' in html
    assert '<a href="mailto:me@example.org" rel="noopener">me@example.org</a>' in html


def test_bare_addresses_become_links_and_file_names_do_not() -> None:
    html = html_of("See https://example.org/a, write to me@example.org, open main.rs and README.md.")

    assert html.count("<a ") == 2
    assert '<a href="https://example.org/a" rel="noopener">https://example.org/a</a>,' in html


def test_a_link_without_words_shows_its_address() -> None:
    assert html_of("[](/posts/a)") == '<p><a href="/posts/a">/posts/a</a></p>'
    assert 'alt="/posts/a"' in html_of("[![](/media/a.png)](/posts/a)")


def test_a_link_that_may_not_be_is_its_words() -> None:
    assert html_of("[words](ftp://example.org/x)") == "<p>words</p>"


def test_a_picture_has_its_size() -> None:
    html = html_of("Text ![Alt](/media/a.png)", picture=lambda address: Picture(800, 600))

    assert '<img src="/media/a.png" alt="Alt" width="800" height="600" loading="lazy" decoding="async">' in html


def test_a_picture_without_alt_takes_the_one_that_it_was_uploaded_with() -> None:
    assert 'alt="A bridge"' in html_of("![](/media/a.png)", picture=lambda address: Picture(8, 6, alt="A bridge"))


def test_a_picture_alone_with_a_title_is_a_figure() -> None:
    html = html_of('![Alt](/media/a.png "A *hinge*, it\'s said")')

    assert html.startswith('<figure><img src="/media/a.png" alt="Alt"')
    assert html.endswith("<figcaption>A <em>hinge</em>, it’s said</figcaption>\n</figure>")


def test_a_figure_may_be_a_link() -> None:
    element = tree(html_of("[![Alt](/media/a.png 'Caption')](/posts/a)"))

    assert element.find("./figure/a/img") is not None
    assert element.find("./figure/figcaption") is not None


def test_a_picture_in_a_line_stays_in_it() -> None:
    assert tree(html_of("See ![Alt](/media/a.png 'Title').")).find("./p/img") is not None


@pytest.mark.parametrize("address", ["https://example.org/x.png", "http://example.org/x.png", "//example.org/x.png"])
def test_a_picture_of_another_host_becomes_a_link(address: str) -> None:
    document = render_post(f"![A chart]({address})\n\n![]({address})")

    assert "<img" not in document.html
    assert f'<p><a href="{address}" rel="noopener">A chart</a></p>' in document.html
    assert f">{address}</a>" in document.html
    assert document.outside_pictures == (address,)


def test_a_picture_of_another_host_in_a_link_is_its_words() -> None:
    document = render_post("[![Build status](https://example.org/badge.svg)](https://example.org/ci)")

    assert document.html == '<p><a href="https://example.org/ci" rel="noopener">Build status</a></p>'
    assert document.outside_pictures == ("https://example.org/badge.svg",)


def test_a_table_scrolls_in_a_box_and_its_columns_are_aligned_by_class() -> None:
    html = html_of("| Name | Middle | Sum |\n|:---|:-:|--:|\n| a | b | 1 |")

    assert html.startswith('<div class="scroll" role="group" tabindex="0" aria-label="Table 1"><table><thead>')
    assert '<th scope="col">Name</th>' in html
    assert '<th scope="col" class="center">Middle</th>' in html
    assert '<td class="num">1</td>' in html
    assert "style" not in html


def test_an_empty_header_cell_is_no_header() -> None:
    assert "<td></td>" in html_of("|  | a |\n|---|---|\n| b | c |")


def test_a_task_list_has_boxes() -> None:
    html = html_of("- [x] Done\n- [ ] *Open*\n- Neither")

    assert html == (
        '<ul class="tasks"><li><span class="box done" role="img" aria-label="Done"></span><span>Done</span></li>\n'
        '<li><span class="box" role="img" aria-label="Not done"></span><span><em>Open</em></span></li>\n'
        "<li><span></span><span>Neither</span></li>\n</ul>"
    )


def test_a_task_may_hold_more_than_a_line() -> None:
    item = tree(html_of("- [ ] One\n\n  Two\n  - Three")).find("./ul/li")

    assert item is not None
    assert [child.tag for child in item] == ["span", "div"]
    assert item.find("./div/ul/li") is not None


@pytest.mark.parametrize("name", ["Note", "Tip", "Important", "Warning", "Caution"])
def test_callouts_of_five_kinds(name: str) -> None:
    assert html_of(f"> [!{name.upper()}]\n> Text") == (
        f'<div class="callout {name.lower()}" role="note"><div><p><strong>{name}</strong></p>\n<p>Text</p>\n</div>\n</div>'
    )


def test_words_that_are_added_come_in_the_language_of_the_site() -> None:
    labels = Labels(
        callouts=("Hinweis", "Tipp", "Wichtig", "Warnung", "Vorsicht"), done="Erledigt", note="Anmerkung {}"
    )

    html = html_of("> [!NOTE]\n> a[^1]\n\n- [x] b\n\n[^1]: c", labels=labels)

    assert "<strong>Hinweis</strong>" in html
    assert 'aria-label="Erledigt"' in html
    assert 'aria-label="Anmerkung 1"' in html


def test_a_pull_quote_with_its_speaker() -> None:
    assert html_of("> It is somebody's habit.\n> — Maud Farrow\n{.pull}") == (
        '<blockquote class="pull"><p>It is somebody’s habit.</p>\n<cite>Maud Farrow</cite></blockquote>'
    )


def test_a_pull_quote_in_several_paragraphs() -> None:
    html = html_of("> One.\n>\n> Two.\n>\n> -- Me\n> {.pull}")

    assert html == '<blockquote class="pull"><p>One.</p>\n<p>Two.</p>\n<cite>Me</cite></blockquote>'


def test_an_ordinary_quote_stays_one() -> None:
    assert html_of("> One.\n> — Two") == "<blockquote><p>One.\n— Two</p>\n</blockquote>"


def test_definitions() -> None:
    assert html_of("Term\n: What it *is*") == "<dl><dt>Term</dt>\n<dd>What it <em>is</em></dd>\n</dl>"


def test_a_numbered_list_may_start_anywhere() -> None:
    assert html_of("7. a\n8. b") == '<ol start="7"><li>a</li>\n<li>b</li>\n</ol>'


def test_the_text_holds_words_notes_and_code_and_no_markup() -> None:
    document = render_post(
        "# Title\n\nA *word*[^1] and `code`.\n\n```python\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[^1]: A note."
    )

    assert document.text == "Title\nA word\nA note.\n and code.\nx = 1\na b\n1 2"


def test_numbers_of_notes_labels_and_languages_are_not_in_the_text() -> None:
    text = render_post("a[^1]\n\n> [!TIP]\n> b\n\n```python title='x.py'\nc\n```\n\n[^1]:\n    d\n\n    - e").text

    assert text.split() == ["a", "b", "c", "d", "e"]


def test_words_are_counted() -> None:
    assert render_post("One two *three*, four-five.").words == 4
    assert render_post("今日は雨です。").words == 4
    assert render_post("").words == 0


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (1, 1), (230, 1), (231, 2), (2300, 10)])
def test_minutes_to_read(words: int, minutes: int) -> None:
    assert minutes_to_read(words) == minutes


def test_the_same_text_gives_the_same_document() -> None:
    source = "# A\n\n# A\n\nb[^1]\n\n[^1]: c"

    assert render_post(source) == render_post(source)
