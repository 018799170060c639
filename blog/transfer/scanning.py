# ruff: noqa: FBT001  markdown-it-py calls its rules with a positional boolean
"""Finds what is a link, a heading or code in a Markdown text, and where it stands.

The text is parsed as `blog.markdown` parses it, with markdown-it-py, whose rules are watched while they work: what
they take for a link is one, and code is none. (No Markdown library tells where in the source an inline element
stands; rendering the tokens back to Markdown would rewrite the author's whole text.)
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from blog.markdown.syntax import DEEPEST_NESTING, is_too_hard
from blog.transfer.places import Found, Heading, Lines, Link
from blog.transfer.raw_html import find_in_html


@dataclass
class _Watch:
    """What the watched rules note down during one parse."""

    found: list[Found] = field(default_factory=list)
    code: list[tuple[int, int]] = field(default_factory=list)
    definitions: list[Found] = field(default_factory=list)
    base: int | None = 0
    """Where the text that is parsed now begins in the inline element, or None where nothing counts."""


def code_ranges(text: str) -> list[tuple[int, int]]:
    """Where code stands: blocks and spans, as offsets, in order."""
    return sorted(scan(text)[1])


def headings(text: str) -> list[Heading]:
    """The headings that are not inside something else, in order."""
    if is_too_hard(text):
        return []
    tokens = _parse_blocks(text, _Watch())
    return [
        Heading(int(token.tag[1:]), tokens[place + 1].content, token.map[0], token.map[1], is_first_block=place == 0)
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]


def _parse_blocks(text: str, watch: _Watch) -> list[Token]:
    tokens: list[Token] = []
    _MD.block.parse(text, _MD, {_WATCH: watch}, tokens)
    return tokens


def scan(text: str) -> tuple[list[Found], list[tuple[int, int]]]:
    """All links with their places in `text`, and all code.

    A text that is too hard to be shown as Markdown has no links, and is nothing but code.
    """
    if is_too_hard(text):
        return [], [(0, len(text))]
    lines = Lines(text)
    blocks = _Watch()
    env = {_WATCH: blocks}
    tokens: list[Token] = []
    _MD.block.parse(text, _MD, env, tokens)
    found: list[Found] = []
    code: list[tuple[int, int]] = []
    for before, token in zip([Token("", "", 0), *tokens], tokens, strict=False):
        if token.map is None:
            continue
        if token.type in ("fence", "code_block"):
            code.append(lines.range(token.map[0], token.map[1]))
        elif token.type == "html_block":
            places = lines.places(token.content, token.map[0])
            found.extend(_moved(find_in_html(token.content, 0), places))
        elif token.type == "inline":
            watch = env[_WATCH] = _Watch()
            _MD.inline.parse(token.content, _MD, env, [])
            places = lines.places(token.content, token.map[0], is_cell=before.type in ("th_open", "td_open"))
            found.extend(_moved(watch.found, places))
            code.extend((places(start), places(end - 1) + 1) for start, end in watch.code)
    addresses: dict[str, Found] = {}
    for definition in blocks.definitions:
        addresses.setdefault(definition.name, definition)
    pictures = {one.name for one in found if one.form == "use" and one.link.is_picture}
    found = [_with_address(one, addresses) for one in found]
    found.extend(_as_picture(one) if one.name in pictures else one for one in addresses.values())
    return found, code


def _with_address(use: Found, definitions: dict[str, Found]) -> Found:
    """A use of a reference, with the address that its definition gives it."""
    if use.form != "use" or use.name not in definitions:
        return use
    link = Link(definitions[use.name].link.address, use.link.is_picture, use.link.label)
    return Found(link, use.form, use.whole, use.target, use.label, use.name)


def _as_picture(definition: Found) -> Found:
    link = Link(definition.link.address, is_picture=True)
    return Found(link, definition.form, definition.whole, definition.target, definition.label, definition.name)


def _moved(found: Iterable[Found], places: Callable[[int], int]) -> list[Found]:
    """Links whose places are offsets of the whole text."""

    def moved(span: tuple[int, int]) -> tuple[int, int]:
        return places(span[0]), places(span[1] - 1) + 1 if span[1] > span[0] else places(span[0])

    return [Found(one.link, one.form, moved(one.whole), moved(one.target), moved(one.label), one.name) for one in found]


# The rules, watched


def _parser() -> MarkdownIt:
    options = {"html": True, "linkify": True, "tasklists": True, "alerts": True, "maxNesting": DEEPEST_NESTING}
    md = MarkdownIt("js-default", options)
    md.use(footnote_plugin).use(deflist_plugin)
    for name, watcher in (
        ("link", _watch_link),
        ("image", _watch_picture),
        ("autolink", _watch_autolink),
        ("linkify", _watch_bare),
        ("html_inline", _watch_tag),
        ("backticks", _watch_code),
        ("footnote_inline", _watch_footnote),
    ):
        rule = next(rule for rule in md.inline.ruler.__rules__ if rule.name == name)
        md.inline.ruler.at(name, watcher(rule.fn))
    reference = next(rule for rule in md.block.ruler.__rules__ if rule.name == "reference")
    md.block.ruler.at("reference", _watch_definition(reference.fn), {"alt": reference.alt})
    return md


InlineRule = Callable[[StateInline, bool], bool]
BlockRule = Callable[[StateBlock, int, int, bool], bool]

_WATCH = "watch"


def _watch_link(rule: InlineRule) -> InlineRule:
    def link(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if not rule(state, silent):
            return False
        _note_bracketed(state, silent, start, start + 1, is_picture=False)
        return True

    return link


def _watch_picture(rule: InlineRule) -> InlineRule:
    def image(state: StateInline, silent: bool) -> bool:
        watch: _Watch = state.env[_WATCH]
        start, base = state.pos, watch.base
        watch.base = None  # what stands in a picture's description is no link
        took = rule(state, silent)
        watch.base = base
        if took:
            _note_bracketed(state, silent, start, start + 2, is_picture=True)
        return took

    return image


def _note_bracketed(state: StateInline, silent: bool, start: int, label_start: int, *, is_picture: bool) -> None:
    """Note `[label](address)`, `[label][reference]` and their like, which a rule has just taken."""
    watch: _Watch = state.env[_WATCH]
    if silent or watch.base is None:
        return
    end, base, source = state.pos, watch.base, state.src
    label_end = state.md.helpers.parseLinkLabel(state, label_start - 1, not is_picture)
    label = source[label_start:label_end]
    whole, label_place = (base + start, base + end), (base + label_start, base + label_end)
    if source[label_end + 1 : label_end + 2] == "(" and source[end - 1] == ")" and end > label_end + 2:
        target_start = label_end + 2
        while target_start < end and source[target_start] in " \t\n":
            target_start += 1
        parsed = state.md.helpers.parseLinkDestination(source, target_start, end)
        if parsed.ok:
            target = (base + target_start, base + parsed.pos)
            watch.found.append(Found(Link(parsed.str, is_picture, label), "inline", whole, target, label_place))
        return
    name = source[label_end + 2 : end - 1] if end > label_end + 2 else label
    reference = normalizeReference(name or label)
    watch.found.append(Found(Link("", is_picture, label), "use", whole, (0, 0), label_place, reference))


def _watch_autolink(rule: InlineRule) -> InlineRule:
    def autolink(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if not rule(state, silent):
            return False
        _note_bare(state, silent, start, start + 1, state.pos - 1)
        return True

    return autolink


def _watch_bare(rule: InlineRule) -> InlineRule:
    def linkify(state: StateInline, silent: bool) -> bool:
        scheme = re.search(r"[A-Za-z][A-Za-z0-9+.-]*$", state.pending[-40:])
        start = state.pos - len(scheme[0]) if scheme else state.pos
        if not rule(state, silent):
            return False
        _note_bare(state, silent, start, start, state.pos)
        return True

    return linkify


def _note_bare(state: StateInline, silent: bool, start: int, address_start: int, address_end: int) -> None:
    """Note an address that is its own text: `<https://…>` or `https://…`."""
    watch: _Watch = state.env[_WATCH]
    if silent or watch.base is None:
        return
    address = state.src[address_start:address_end]
    if ":" not in address:
        return  # an e-mail address
    place = (watch.base + start, watch.base + state.pos)
    watch.found.append(Found(Link(address, label=address), "bare", whole=place, target=place))


def _watch_tag(rule: InlineRule) -> InlineRule:
    def html_inline(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if not rule(state, silent):
            return False
        watch: _Watch = state.env[_WATCH]
        if not silent and watch.base is not None:
            watch.found.extend(find_in_html(state.src[start : state.pos], watch.base + start))
        return True

    return html_inline


def _watch_code(rule: InlineRule) -> InlineRule:
    def backticks(state: StateInline, silent: bool) -> bool:
        start, tokens = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        watch: _Watch = state.env[_WATCH]
        if not silent and watch.base is not None and len(state.tokens) > tokens:
            watch.code.append((watch.base + start, watch.base + state.pos))
        return True

    return backticks


def _watch_footnote(rule: InlineRule) -> InlineRule:
    def footnote_inline(state: StateInline, silent: bool) -> bool:
        watch: _Watch = state.env[_WATCH]
        base = watch.base
        watch.base = None if base is None else base + state.pos + 2  # past ^[
        took = rule(state, silent)
        watch.base = base
        return took

    return footnote_inline


def _watch_definition(rule: BlockRule) -> BlockRule:
    def reference(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
        if not rule(state, start_line, end_line, silent):
            return False
        if not silent:
            _note_definition(state, start_line)
        return True

    return reference


def _note_definition(state: StateBlock, start_line: int) -> None:
    """Note `[label]: address`, which the rule has just taken."""
    pieces: list[str] = []
    starts: list[tuple[int, int]] = []  # (offset in the joined lines, offset in the text)
    length = 0
    for line in range(start_line, state.line):
        start = state.bMarks[line] + state.tShift[line]
        starts.append((length, start))
        pieces.append(state.src[start : state.eMarks[line] + 1])
        length += len(pieces[-1])
    joined = "".join(pieces)
    label = re.match(r"\[((?:[^\[\]\\]|\\.)*)\]:\s*", joined, re.DOTALL)
    if label is None:
        return
    parsed = state.md.helpers.parseLinkDestination(joined, label.end(), len(joined))
    if not parsed.ok:
        return

    def place(offset: int) -> int:
        begin, start = starts[bisect_right([begin for begin, _ in starts], offset) - 1]
        return start + offset - begin

    target = (place(label.end()), place(parsed.pos - 1) + 1)
    watch: _Watch = state.env[_WATCH]
    watch.definitions.append(
        Found(Link(parsed.str), "definition", whole=target, target=target, name=normalizeReference(label[1]))
    )


_MD = _parser()
