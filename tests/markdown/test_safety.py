"""Nothing that anybody writes runs, asks another host, breaks the page or holds up the server."""

import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from blog.markdown import Document, render_comment, render_post
from blog.markdown.draft import Kind
from blog.markdown.sanitiser import sanitise
from blog.web.forms import storable
from tests.markdown.safety import check_everything, check_safe, tree
from tests.security.payloads import PAYLOADS

MEBIBYTE = 1 << 20

INLINE = r"""
* ** _ ~~ ` `` [ ] ( ) ]( ![ ^[ [^a] [l](/x) &amp; &lt; &#106; {#i} {.pull} [!NOTE] http://e.x/ a@b.example javascript: a b
| " ' ... -- \ <b> </b> <p> </p> <div> </div> <table> <tr> <td> </td> <th> <caption> <li> <ul> <ol> <dl> <dt> <dd> </a>
<pre> </pre> <code> <details> <summary> <figure> <figcaption> <h1> </h1> <h4> <script> </script> <style> <svg> <math> <!--
--> <select> <ruby> <rt> <x-y> <T> <br> <hr> </span> é 中
"""
TAGS = [
    "<a href=/x>",
    "<a name=n>",
    "<img src=/a>",
    "<img src=//e>",
    "<span id=i class=note>",
    "<p align=center onclick=x style=y>",
]
ODD = ["\x00", "\x0b", "\ud800", "\u2028", " ", "\n", "\n\n"]
TABLE = "\n\n| a | b |\n|--:|---|\n| 1 | 2[^a] |\n\n"
WHOLE = [TABLE, "\n\n> [!TIP]\n> x\n\n", "\n\n![a](/b 'c')\n\n", "\n\n[^a]: n\n\n", "\n\n[a]: /x\n\n"]
OPENERS = [
    "\n# ",
    "\n## ",
    "\n> ",
    "\n- ",
    "\n  - ",
    "\n1. ",
    "\n- [x] ",
    "\n: ",
    "\n```\n",
    "\n    ",
    "\n---\n",
    "\n===\n",
]
anything = st.text(alphabet=st.characters(exclude_categories=()), max_size=300)
markup = st.lists(st.sampled_from([*INLINE.split(), *TAGS, *ODD, *WHOLE, *OPENERS]), max_size=40).map("".join)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_inert_wherever_it_stands(payload: str) -> None:
    for source in (payload, f"text {payload} text", f"<div>{payload}</div>", f"- {payload}\n", f"> {payload}\n\nafter"):
        check_everything(source)


def test_all_payloads_together_are_inert() -> None:
    check_everything("\n\n".join(PAYLOADS))
    check_everything("".join(PAYLOADS))


@given(anything)
@settings(max_examples=200, deadline=None)
def test_any_text_gives_safe_and_valid_html(source: str) -> None:
    check_everything(source)


@given(markup)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_heap_of_markup_gives_safe_and_valid_html(source: str) -> None:
    check_everything(source)


@given(markup | anything)
@settings(max_examples=200, deadline=None)
def test_the_sanitiser_alone_makes_any_html_safe(html: str) -> None:
    html = html.encode(errors="replace").decode()

    once = sanitise(html, Kind.COMMENT)

    check_safe(once)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_sanitiser_would_stop_what_the_writer_let_through(payload: str) -> None:
    for element in tree(sanitise(storable(payload), Kind.POST)).iter():
        assert element.tag not in {"script", "style", "iframe", "svg", "math", "form", "object", "input"}
        assert not any(name.startswith("on") or name == "style" for name in element.attrib)


def test_ids_of_a_text_cannot_be_taken_for_the_pages_own() -> None:
    html = render_post(
        "# Main\n\n<div id='main' class='masthead field note callout'>x</div>\n\n<a name=csrf_token></a>"
    ).html

    assert 'id="user-content-main"' in html
    assert 'id="user-content-csrf_token"' in html
    assert "masthead" not in html
    assert 'class="' not in html


def test_a_login_form_in_a_post_is_only_its_words() -> None:
    html = render_post(
        '<form class="form"><label>Password <input type=password></label><button>Send</button></form>'
    ).html

    assert html == "Password Send"


@pytest.mark.parametrize("source", ["", " ", "\n", "\x00", "\ud800", "\ufeff", "\x0b\x0c", "\u2028", "\r", "a\rb\r\nc"])
def test_odd_characters_are_no_error(source: str) -> None:
    check_everything(source)


def test_characters_that_xml_cannot_hold_are_gone() -> None:
    document = render_post("a\x00b\x07c\x1bd\ufffee\ud800f\U0001fffeg &#1; &#xFFFE; &#x0;")

    assert document.text == "a\ufffdbcde\ufffdfg \ufffd \ufffd \ufffd"


def fill(piece: str, size: int = MEBIBYTE) -> str:
    return (piece * (size // len(piece) + 1))[:size]


def processor_time(render: Callable[[str], object], source: str) -> float:
    start = time.process_time()
    render(source)
    return time.process_time() - start


HARD = {
    "brackets": "[" * 50_000,
    "pictures": "![" * 25_000,
    "inline notes": "^[" * 25_000,
    "quotes": ">" * 20_000,
    "emphasis": "**a " * 20_000,
    "links": "[a](" * 20_000,
    "backticks": " ".join("`" * length for length in range(1, 1480)),
    "comments": "<!-- " * 200_000,
    "declarations": fill("<!x "),
    "tags": fill("<a b='"),
    "table rows": "|a|b|c|\n|-|-|-|\n" + "|1|2|3|\n" * 20_000,
    "wide table": "|" + "a|" * 5000 + "\n|" + "-|" * 5000 + "\n" + "|1|\n" * 5000,
    "definitions": "".join(f"[r{number}]: /u{number}\n" for number in range(20_000)),
    "notes": "".join(f"[^{number}] " for number in range(20_000))
    + "".join(f"\n[^{number}]: x" for number in range(20_000)),
    "notes in notes": "x[^0]\n\n" + "".join(f"[^{number}]: y[^{number + 1}]\n\n" for number in range(3000)),
    "lists": "".join(" " * depth + "- a\n" for depth in range(1000)),
    "nested quotes": "\n".join(">" * depth for depth in range(1000)),
    "paragraphs": fill("x\n\n"),
    "addresses": fill("-->http://a.b"),
    "addresses in one paragraph": "-->http://a.b" * 6_500,
    "open brackets before many marks": "[" * 2_000 + "a-" * 150_000,
    "www": fill("www.a "),
    "mail": fill("a@b.cc<i title=1>", 200_000),
    "quotation marks": fill("\"a' "),
    "one word": fill("x"),
    "blanks": fill(" "),
    "line breaks": fill("\n"),
    "same headings": fill("# a\n", 60_000),
    "deep elements": "<div>" * 30_000 + "x\n\n" * 5_000,
    "open elements": "".join(f"<b title={number}>" for number in range(15_000)) + "<p>x" * 10_000,
    "figures": "<figure>" * 200 + "<p>x</p>\n" * 10_000,
    "raw cells": "<table><tr>" + "<td>x" * 5_000 + "<tr><td>y" * 5_000,
    "entities": fill("&#x41;"),
    "surrogates": fill("\ud800"),
    "code": "```cpp\n" + "\n " * 9_000 + "\n```\n",
    "blocks of code": ("```ini\nx =" + " " * 900 + "\n```\n") * 300,
}


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("render", [render_post, render_comment])
def test_hostile_input_takes_less_than_a_second(render: Callable[[str], Document], name: str) -> None:
    assert any(processor_time(render, HARD[name]) < 1 for _ in range(3))


def test_a_text_past_the_limits_is_shown_as_plain_paragraphs() -> None:
    document = render_post("<b>first</b>\n\n*second*\n\n" + "- x\n" * 50_000)

    assert document.plain
    assert document.html.startswith("<p>&lt;b&gt;first&lt;/b&gt;</p>\n<p>*second*</p>\n<p>- x")


def test_a_long_ordinary_post_is_rendered_as_markdown() -> None:
    document = render_post("A sentence with *emphasis*, a [link](/there) and `code`, as people write.\n\n" * 5_000)

    assert not document.plain
    assert document.html.count("<em>") == 5_000


def test_a_post_of_1500_words_takes_a_few_times_what_plain_commonmark_takes() -> None:
    section = (
        "## A heading\n\nSome words with *emphasis* and a [link](https://example.org/a) in them, “quoted” and 'not'. "
        + "They go on for a while as prose does, clause after clause, until the sentence ends somewhere. " * 5
        + "\n\n- One thing\n- Another thing with `code`\n\n> A quote that says something -- or not.\n\n"
    )
    table = "| Spent on | Aldern |\n|---|--:|\n" + "| *Repairs* | 70 |\n" * 12
    source = section * 14 + "```python\ndef f(x):\n    return x + 1\n```\n\n" + table
    plain = MarkdownIt("commonmark").render

    pairs = [(processor_time(render_post, source), processor_time(plain, source)) for _ in range(9)]

    assert 1450 < render_post(source).words < 1700
    assert min(ours for ours, _ in pairs) < 5 * min(theirs for _, theirs in pairs)
