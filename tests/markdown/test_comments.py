"""The smaller Markdown of comments."""

from blog.markdown import render_comment


def html_of(source: str) -> str:
    return render_comment(source).html


def test_what_a_comment_may_hold() -> None:
    assert html_of("A *b* **c** ~~d~~ `e`\n\n> f\n\n- g\n\n1. h\n\n```\ni\n```") == (
        "<p>A <em>b</em> <strong>c</strong> <s>d</s> <code>e</code></p>\n<blockquote><p>f</p>\n</blockquote>\n"
        "<ul><li>g</li>\n</ul>\n<ol><li>h</li>\n</ol>\n"
        '<div class="code"><pre tabindex="0" role="group" aria-label="Code"><code>i</code></pre>\n</div>'
    )


def test_a_line_break_is_a_line_break() -> None:
    assert html_of("a\nb") == "<p>a<br>b</p>"


def test_links_are_not_recommended() -> None:
    html = html_of("[a](https://example.org) https://example.org/b [c](/posts/d)")

    assert html.count('rel="nofollow ugc noopener"') == 3


def test_a_heading_becomes_a_bold_paragraph() -> None:
    assert html_of("# Loud\n\nquiet") == "<p><strong>Loud</strong></p>\n<p>quiet</p>"
    assert render_comment("# Loud").headings == ()


def test_a_picture_becomes_a_link() -> None:
    assert html_of("![alt](/media/a.png)") == '<p><a href="/media/a.png" rel="nofollow ugc noopener">alt</a></p>'


def test_html_is_shown_as_it_was_typed() -> None:
    assert html_of("<b>x</b>\n\n<div>y</div>") == "<p>&lt;b&gt;x&lt;/b&gt;</p>\n<p>&lt;div&gt;y&lt;/div&gt;</p>"


def test_tables_notes_rules_and_callouts_are_only_text() -> None:
    html = html_of("| a |\n|---|\n| b |\n\nx[^1]\n\n[^1]: y\n\n***\n\n> [!NOTE]\n> z")

    for tag in ("table", "ol", "hr", "span", "div", "sup"):
        assert f"<{tag}" not in html
    assert "[!NOTE]" in html


def test_ids_are_for_the_page_alone() -> None:
    assert "id=" not in html_of("# A {#main}\n\nx\n\n## B")


def test_the_text_of_a_comment() -> None:
    assert render_comment("*a*\nb\n\n> c").text == "a\nb\nc"
