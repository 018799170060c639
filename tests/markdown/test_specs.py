"""CommonMark's and GFM's own examples, before anything is sanitised; and what is deliberately otherwise."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from blog.markdown import syntax

DATA = Path(__file__).parent / "data"
SIGNS_OF_OUR_OWN = ["linkify", "typography"]
"""Rules that read more in ordinary text than CommonMark does."""

TYPOGRAPHY = {14, 55, 87, 197, 209, 210, 352, 359, 363, 380, 385, 395, 508, 590, 619, 620, 622, 624, 632}
"""Straight quotation marks, dashes and ellipses become the right ones."""
BARE_ADDRESSES = {602, 608, 611, 612}
"""Addresses become links without angle brackets, as in GFM."""

UNEVEN_BRACKETS = {19}
"""A bracket too many within an address ends it."""
ENTITIES = {20}
"""`&hl;` at the end of an address belongs to it but for the semicolon."""
PLUS = {24}
"""A plus in a host's name is let through."""
OTHER_SCHEMES = {22}
"""Addresses of FTP stay text: browsers don't open them any more."""
OTHER_TAGS = {26}
"""Tags that a post can't have are not shown as text but taken away, by the sanitiser."""


class Example(NamedTuple):
    number: int
    section: str
    markdown: str
    html: str


def examples(name: str) -> list[Example]:
    return [Example(**one) for one in json.loads((DATA / name).read_text(encoding="utf-8"))]


def parser(*, without: list[str]) -> MarkdownIt:
    """The parser of posts, printing as the specifications do, without some of its rules."""
    made = syntax._post_parser.__wrapped__(("“", "”", "‘", "’"))
    made.options["xhtmlOut"] = True
    made.add_render_rule("blockquote_open", _start_quote)
    return made.disable(without)


def _start_quote(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: dict[str, object]
) -> str:
    """As the specification writes an empty quote: markdown-it leaves out the line break in it."""
    return renderer.renderToken(tokens, index, options, env).rstrip("\n") + "\n"


def differing(found: list[Example], made: MarkdownIt) -> set[int]:
    return {one.number for one in found if made.render(one.markdown) != one.html}


def test_all_of_commonmark_is_read_as_specified() -> None:
    found = examples("commonmark-0.31.2.json")

    assert len(found) == 652
    assert differing(found, parser(without=SIGNS_OF_OUR_OWN)) == set()


def test_posts_differ_from_commonmark_in_type_and_bare_addresses_only() -> None:
    assert differing(examples("commonmark-0.31.2.json"), parser(without=[])) == TYPOGRAPHY | BARE_ADDRESSES


def test_githubs_extensions_are_read_as_specified_but_for_what_is_listed() -> None:
    found = [one._replace(html=_in_our_words(one.html)) for one in examples("gfm-0.29-extensions.json")]
    made = parser(without=["typography"])
    made.options["xhtmlOut"] = False

    assert len(found) == 26
    assert differing(found, made) == UNEVEN_BRACKETS | ENTITIES | PLUS | OTHER_SCHEMES | OTHER_TAGS


def _in_our_words(html: str) -> str:
    """GFM's HTML with the elements and attributes that markdown-it writes for the same things."""
    html = html.replace("<del>", "<s>").replace("</del>", "</s>")
    html = re.sub(r' align="(\w+)"', r' style="text-align:\1"', html)
    html = re.sub(r"<ul>(?=\n<li><input)", '<ul class="contains-task-list">', html)
    html = html.replace("<li><input", '<li class="task-list-item"><input')
    box = '<input class="task-list-item-checkbox" disabled="" type="checkbox"'
    html = html.replace('<input disabled="" type="checkbox"', box)
    return html.replace('<input checked="" disabled="" type="checkbox"', f'{box} checked=""')
