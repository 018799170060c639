"""Footnotes: beside the text where they fit, else at the end."""

from blog.markdown import render_post
from tests.markdown.safety import check_valid, tree


def test_a_note_stands_beside_its_reference() -> None:
    assert render_post("Word[^x]. More.\n\n[^x]: A *note*.").html == (
        '<p>Word<a class="note-ref" href="#user-content-note-1" id="user-content-ref-1" aria-label="Note 1">1</a>'
        '<span class="note" role="note" id="user-content-note-1"><b>1</b>A <em>note</em>.</span>. More.</p>'
    )


def test_a_note_written_in_the_line() -> None:
    assert "<b>1</b>right here</span>" in render_post("Word^[right here].").html


def test_notes_are_numbered_as_they_are_read() -> None:
    html = render_post("a[^z] b[^a]\n\n[^a]: first\n\n[^z]: second").html

    assert "<b>1</b>second" in html
    assert "<b>2</b>first" in html


def test_a_note_that_is_referred_to_twice_is_printed_once() -> None:
    html = render_post("a[^1] b[^1]\n\n[^1]: note").html

    assert html.count("<b>1</b>note") == 1
    assert html.count('class="note-ref" href="#user-content-note-1"') == 2
    check_valid(html)


def test_paragraphs_of_a_note_follow_each_other_in_lines() -> None:
    assert "<b>1</b>one<br>two</span>" in render_post("a[^1]\n\n[^1]: one\n\n    two").html


def test_a_note_with_a_list_stands_at_the_end() -> None:
    html = render_post("a[^1]\n\n[^1]: one\n\n    - two").html
    item = tree(html).find("./ol[@class='notes']/li")

    assert "<span" not in html
    assert item is not None
    assert item.attrib == {"id": "user-content-note-1", "value": "1"}
    assert item.find("./ul/li") is not None
    assert item.find("./a[@class='note-back'][@href='#user-content-ref-1']") is not None


def test_a_note_of_a_table_stands_at_the_end() -> None:
    element = tree(render_post("| a[^1] |\n|---|\n| b |\n\n[^1]: note").html)

    assert element.find(".//table//span") is None
    assert element.find("./ol[@class='notes']/li/p/a[@class='note-back']") is not None


def test_a_note_in_a_note_stands_at_the_end() -> None:
    element = tree(render_post("a[^1]\n\n[^1]: b[^2]\n\n[^2]: c").html)

    assert element.find("./p/span/a[@href='#user-content-note-2']") is not None
    assert element.find("./ol/li[@id='user-content-note-2']") is not None


def test_a_note_that_refers_to_itself_is_printed_once() -> None:
    html = render_post("a[^1]\n\n[^1]: b[^1]").html

    assert html.count("<b>1</b>b") == 1
    check_valid(html)


def test_a_reference_in_a_link_is_a_number() -> None:
    html = render_post("<a href=/x>a[^1]</a>\n\n[^1]: note").html

    assert '<a href="/x">a<sup id="user-content-ref-1">1</sup></a>' in html
    assert "note" in html
    check_valid(html)


def test_a_note_that_nobody_refers_to_is_not_shown() -> None:
    assert render_post("a[^1]\n\n[^1]: b\n\n[^2]: never").html.count("never") == 0


def test_a_heading_named_like_a_note_does_not_take_its_id() -> None:
    html = render_post("# Note 1\n\na[^1]\n\n[^1]: b").html

    check_valid(html)
    assert 'href="#user-content-note-1-1"' in html


def test_raw_html_in_a_note_cannot_break_out_of_it() -> None:
    html = render_post("a[^1] z\n\n[^1]: b </span></p><div>c</div> <b>d").html

    check_valid(html)
    assert tree(html).find("./p/span[@class='note']/b[2]") is not None
    assert "<div" not in html
