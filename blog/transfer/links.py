# ruff: noqa: FBT001  markdown-it-py calls its rules with a positional boolean
"""Where the links and pictures of a Markdown text stand, so that they can be changed without touching anything else.

The text is parsed as `blog.markdown` parses it, with markdown-it-py, whose rules are watched while they work: what
they take for a link is one, and code is none. (No Markdown library tells where in the source an inline element
stands; rendering the tokens back to Markdown would rewrite the author's whole text.)
"""

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin


class _Nowhere(Enum):
    NOWHERE = auto()


NOWHERE = _Nowhere.NOWHERE
"""An answer: the address leads nowhere any more; the text stays, the link goes."""

Change = Callable[["Link"], "str | _Nowhere | None"]
"""The new address of a link, `NOWHERE`, or None to leave it as it is."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address in a text."""

    address: str
    """As a browser would read it: escapes and entities of the text undone."""
    is_picture: bool = False
    label: str = ""
    """The link's text or the picture's description, as it stands in the source."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and the lines that it takes, the last not included."""

    level: int
    text: str
    first_line: int
    end_line: int
    is_first_block: bool


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A link with the places of its parts, as offsets in the text being scanned."""

    link: Link
    form: str  # inline, use, definition, bare, attribute, srcset
    whole: tuple[int, int]
    target: tuple[int, int]
    label: tuple[int, int] = (0, 0)
    name: str = ""
    """Of an attribute: its name; of a use or a definition: the reference's label."""


@dataclass
class _Watch:
    """What the watched rules note down during one parse."""

    found: list[_Found] = field(default_factory=list)
    code: list[tuple[int, int]] = field(default_factory=list)
    definitions: list[_Found] = field(default_factory=list)
    base: int | None = 0
    """Where the text that is parsed now begins in the inline element, or None where nothing counts."""


def rewrite(text: str, change: Change) -> str:
    """`text` with the addresses changed as `change` says; everything else stays as it is, to the byte.

    Code blocks and code spans have no links. `text` has LF line ends.
    """
    edits: list[_Edit] = []
    for found in _links(text):
        edits.extend(_edits(text, found, change))
    return _apply(text, edits)


def links(text: str) -> list[Link]:
    """The links and pictures of a text, each occurrence, in no particular order."""
    found: list[Link] = []
    for one in _links(text):
        if one.form == "srcset":
            found += [Link(address, is_picture=True) for address, _ in _candidates(one.link.address)]
        elif one.form != "definition" or one.link.address:
            found.append(one.link)
    return found


def code_ranges(text: str) -> list[tuple[int, int]]:
    """Where code stands: blocks and spans, as offsets, in order."""
    return sorted(_scan(text)[1])


def headings(text: str) -> list[Heading]:
    """The headings that are not inside something else, in order."""
    tokens = _parse_blocks(text, _Watch())
    return [
        Heading(int(token.tag[1:]), tokens[place + 1].content, token.map[0], token.map[1], is_first_block=place == 0)
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]


# Parsing, watched


def _parser() -> MarkdownIt:
    md = MarkdownIt("js-default", {"html": True, "linkify": True, "tasklists": True, "alerts": True, "maxNesting": 100})
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
            watch.found.append(_Found(Link(parsed.str, is_picture, label), "inline", whole, target, label_place))
        return
    name = source[label_end + 2 : end - 1] if end > label_end + 2 else label
    reference = normalizeReference(name or label)
    watch.found.append(_Found(Link("", is_picture, label), "use", whole, (0, 0), label_place, reference))


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
    watch.found.append(_Found(Link(address, label=address), "bare", whole=place, target=place))


def _watch_tag(rule: InlineRule) -> InlineRule:
    def html_inline(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if not rule(state, silent):
            return False
        watch: _Watch = state.env[_WATCH]
        if not silent and watch.base is not None:
            watch.found.extend(_in_html(state.src[start : state.pos], watch.base + start))
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
        _Found(Link(parsed.str), "definition", whole=target, target=target, name=normalizeReference(label[1]))
    )


_MD = _parser()


def _parse_blocks(text: str, watch: _Watch) -> list[Token]:
    tokens: list[Token] = []
    _MD.block.parse(text, _MD, {_WATCH: watch}, tokens)
    return tokens


def _scan(text: str) -> tuple[list[_Found], list[tuple[int, int]]]:
    """All links with their places in `text`, and all code."""
    lines = _Lines(text)
    blocks = _Watch()
    env = {_WATCH: blocks}
    tokens: list[Token] = []
    _MD.block.parse(text, _MD, env, tokens)
    found: list[_Found] = []
    code: list[tuple[int, int]] = []
    for before, token in zip([Token("", "", 0), *tokens], tokens, strict=False):
        if token.map is None:
            continue
        if token.type in ("fence", "code_block"):
            code.append(lines.range(token.map[0], token.map[1]))
        elif token.type == "html_block":
            places = lines.places(token.content, token.map[0])
            found.extend(_moved(_in_html(token.content, 0), places))
        elif token.type == "inline":
            watch = env[_WATCH] = _Watch()
            _MD.inline.parse(token.content, _MD, env, [])
            places = lines.places(token.content, token.map[0], is_cell=before.type in ("th_open", "td_open"))
            found.extend(_moved(watch.found, places))
            code.extend((places(start), places(end - 1) + 1) for start, end in watch.code)
    addresses: dict[str, _Found] = {}
    for definition in blocks.definitions:
        addresses.setdefault(definition.name, definition)
    pictures = {one.name for one in found if one.form == "use" and one.link.is_picture}
    found = [_with_address(one, addresses) for one in found]
    found.extend(_as_picture(one) if one.name in pictures else one for one in addresses.values())
    return found, code


def _links(text: str) -> list[_Found]:
    return _scan(text)[0]


def _with_address(use: _Found, definitions: dict[str, _Found]) -> _Found:
    """A use of a reference, with the address that its definition gives it."""
    if use.form != "use" or use.name not in definitions:
        return use
    link = Link(definitions[use.name].link.address, use.link.is_picture, use.link.label)
    return _Found(link, use.form, use.whole, use.target, use.label, use.name)


def _as_picture(definition: _Found) -> _Found:
    link = Link(definition.link.address, is_picture=True)
    return _Found(link, definition.form, definition.whole, definition.target, definition.label, definition.name)


def _moved(found: Iterable[_Found], places: Callable[[int], int]) -> list[_Found]:
    """Links whose places are offsets of the whole text."""

    def moved(span: tuple[int, int]) -> tuple[int, int]:
        return places(span[0]), places(span[1] - 1) + 1 if span[1] > span[0] else places(span[0])

    return [
        _Found(one.link, one.form, moved(one.whole), moved(one.target), moved(one.label), one.name) for one in found
    ]


class _Lines:
    """The lines of a text, and where the content of a block stands among them.

    A block's content has lost what marks it as one (indentation, `>`, list markers, `|` of tables); each of its lines
    is the end of a line of the text, but for headings and the cells of tables, which are looked for.
    """

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.cells: dict[int, int] = {}

    def range(self, first: int, end: int) -> tuple[int, int]:
        """The offsets of whole lines."""
        return self.starts[first], min(self.starts[end], self.starts[-1] - 1)

    def places(self, content: str, first_line: int, *, is_cell: bool = False) -> Callable[[int], int]:
        """From an offset in a block's content to its offset in the text."""
        pieces = content.split("\n")
        begins = [0]
        for piece in pieces:
            begins.append(begins[-1] + len(piece) + 1)
        columns = [self._column(piece, first_line + number, is_cell=is_cell) for number, piece in enumerate(pieces)]

        def place(offset: int) -> int:
            number = min(bisect_right(begins, offset) - 1, len(pieces) - 1)
            line = min(first_line + number, len(self.lines) - 1)
            within = offset - begins[number]
            column, pipes = columns[number]
            escaped = pieces[number][:within].count("|") if pipes else 0
            return self.starts[line] + column + within + escaped

        return place

    def _column(self, piece: str, number: int, *, is_cell: bool) -> tuple[int, bool]:
        """Where `piece` begins in its line, and whether the pipes in it are escaped there."""
        if number >= len(self.lines):
            return 0, False
        line, inner = self.lines[number], piece.strip()
        indent = len(piece) - len(piece.lstrip())
        if not is_cell:
            end = len(line.rstrip())
            column = end - len(inner) if line[:end].endswith(inner) else max(line.rfind(inner), 0)
            return column - indent, False
        after = self.cells.get(number, 0)
        for text, pipes in ((inner, False), (inner.replace("|", "\\|"), True)):
            if (column := line.find(text, after)) >= 0:
                self.cells[number] = column + len(text)
                return column - indent, pipes
        return 0, False


# Raw HTML

_ADDRESSES = {"href", "src", "poster", "data"}
_PICTURE_TAGS = {"img", "source", "picture", "image"}
_UNSHOWN_TAGS = {"script", "link", "style", "base", "form", "input"}
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]{1,50})(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""")


class _Tags(HTMLParser):
    """The start tags of a piece of HTML, with their offsets."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self.lines = _Lines(source)
        self.tags: list[tuple[str, str, int]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag."""
        line, column = self.getpos()
        self.tags.append((tag, self.get_starttag_text() or "", self.lines.starts[line - 1] + column))


def _in_html(source: str, base: int) -> list[_Found]:
    """The addresses in the attributes of a piece of HTML that begins at `base`."""
    found: list[_Found] = []
    for tag, text, start in _Tags(source).tags:
        if tag in _UNSHOWN_TAGS:
            continue
        attributes = {match[1].lower(): match for match in _ATTRIBUTE.finditer(text, len(tag) + 1)}
        alt = _value(attributes["alt"])[0] if "alt" in attributes else ""
        whole = (base + start, base + start + len(text))
        for name, match in attributes.items():
            if name not in _ADDRESSES and name != "srcset":
                continue
            value, value_start = _value(match)
            target = (base + start + value_start, base + start + value_start + len(value))
            link = Link(html.unescape(value).strip(), tag in _PICTURE_TAGS, alt)
            form = "srcset" if name == "srcset" else "picture-tag" if tag == "img" and name == "src" else "attribute"
            name_place = (base + start + match.start(1), base + start + match.end(1))
            found.append(_Found(link, form, whole, target, label=name_place, name=name))
    return found


def _value(match: re.Match[str]) -> tuple[str, int]:
    """An attribute's value without its quotes, and where it begins."""
    value = match[3]
    return (value[1:-1], match.start(3) + 1) if value[0] in "\"'" else (value, match.start(3))


# Changing


def _edits(text: str, found: _Found, change: Change) -> list[_Edit]:
    if found.form == "srcset":
        return _srcset_edits(text, found, change)
    new = change(found.link)
    if new is None:
        return []
    if new is NOWHERE:
        return _removal(text, found)
    return _replacement(text, found, new)


def _replacement(text: str, found: _Found, new: str) -> list[_Edit]:
    start, end = found.target
    if found.form in ("attribute", "picture-tag"):
        return [_Edit(start, end, html.escape(new, quote=True))]
    if found.form == "bare":
        label = re.sub(r"([\\`*_\[\]<>])", r"\\\1", found.link.label)
        return [_Edit(*found.whole, f"[{label}]({_destination(new)})")]
    if found.form == "use":
        return []  # its definition is changed
    return [_Edit(start, end, _destination(new))]


def _removal(text: str, found: _Found) -> list[_Edit]:
    """Take the link away and leave its text, with the old address in a comment that readers do not see."""
    start, end = found.whole
    if found.form in ("inline", "use"):
        label_start, label_end = found.label
        label = text[label_start:label_end]
        comment = _comment(found.link.address) if label.strip() else ""
        return [_Edit(start, label_start, ""), _Edit(label_end, end, comment)]
    if found.form == "picture-tag":
        label = html.escape(html.unescape(found.link.label), quote=False)
        return [_Edit(start, end, label + _comment(found.link.address) if label.strip() else "")]
    if found.form == "attribute":
        place = found.label[0]
        return [_Edit(place, place, "data-old-")]
    return []


def _srcset_edits(text: str, found: _Found, change: Change) -> list[_Edit]:
    """All pictures of a `srcset` changed, or none of them offered."""
    candidates = _candidates(found.link.address)
    answers = [change(Link(address, is_picture=True)) for address, _ in candidates]
    if NOWHERE in answers:
        return [_Edit(found.label[0], found.label[0], "data-old-")]
    if not any(answers):
        return []
    written = [f"{new or address} {size}".strip() for new, (address, size) in zip(answers, candidates, strict=True)]
    return [_Edit(*found.target, html.escape(", ".join(written), quote=True))]


def _candidates(srcset: str) -> list[tuple[str, str]]:
    """The addresses of a `srcset`, each with its size."""
    parts = [part.strip().partition(" ") for part in re.split(r",\s+", srcset)]
    return [(address, size.strip()) for address, _, size in parts if address]


def _destination(address: str) -> str:
    """An address as it is written in Markdown."""
    if re.search(r"[\s<>()]", address):
        return "<" + address.replace("<", "%3C").replace(">", "%3E").replace("\n", "%0A") + ">"
    return address


def _comment(address: str) -> str:
    return "<!-- " + re.sub(r"-(?=-)|-$|[<>\s|]", lambda odd: f"%{ord(odd[0]):02X}", address)[:500] + " -->"


def _apply(text: str, edits: list[_Edit]) -> str:
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if edit.start < at:
            continue  # inside what was replaced whole
        pieces += [text[at : edit.start], edit.new]
        at = edit.end
    return "".join([*pieces, text[at:]])
