"""A tree of HTML elements that stays valid whatever is put into it.

Markdown is well nested by nature; the raw HTML between it is not. The builder takes both as a stream of starts, texts
and ends and keeps the content model of HTML as it goes: a block ends the paragraph that it is put into, a cell gets its
row, an end tag without a start is nothing. html5lib and lxml build trees too, but the errors that they mend are the
parser's, not the content model's (`<span><p>` stays as it is), and neither knows which elements are ours.
"""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise

MAX_DEPTH = 100
"""Raw elements deeper than this are left out (their text stays): browsers stop at 512, and parsers turn quadratic."""

INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "meter",
    "progress", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var",
})  # fmt: skip
VOID = frozenset({"br", "hr", "img", "wbr"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = HEADINGS | frozenset({
    "blockquote", "details", "div", "dl", "figure", "hr", "ol", "p", "pre", "section", "table", "ul",
})  # fmt: skip
SECTIONS = frozenset({"thead", "tbody", "tfoot"})
CELLS = frozenset({"td", "th"})
PARTS = SECTIONS | CELLS | frozenset({"caption", "dd", "dt", "figcaption", "li", "summary", "tr"})

_FLOW = frozenset({"blockquote", "body", "dd", "details", "div", "figcaption", "figure", "li", "section", "td", "th"})
"""May hold blocks and text. What is in none of these sets holds inline content only."""
_TRANSPARENT = frozenset({"a", "del", "ins"})
_STRUCTURE = SECTIONS | {"dl", "ol", "table", "tr", "ul"}
_IMPLIED = {
    "ul": "li",
    "ol": "li",
    "dl": "dd",
    "table": "tbody",
    "thead": "tr",
    "tbody": "tr",
    "tfoot": "tr",
    "tr": "td",
}
"""What stands between such an element and a text that somebody put straight into it."""
_PARENTS = {
    "li": frozenset({"ul", "ol"}),
    "dt": frozenset({"dl"}),
    "dd": frozenset({"dl"}),
    "summary": frozenset({"details"}),
    "figcaption": frozenset({"figure"}),
    "tr": SECTIONS | {"table"},
    **dict.fromkeys(SECTIONS | {"caption"}, frozenset({"table"})),
    **dict.fromkeys(CELLS, SECTIONS | {"table", "tr"}),
}
_LOOSE = frozenset({"a", "em", "p", "s", "strong"})
"""Elements of ours that raw HTML may end: the paragraph, and what emphasises in it."""
_NOT_IN_LINK = frozenset({"details", "pre", "table"})
_NOT_IN_ITSELF = frozenset({"a", "dfn", "meter", "progress"})
_HEADER_CELL = frozenset({"th"})
LINK = frozenset({"a"})


_BLANKS = re.compile(r"[ \t\n]+")


class Verbatim:
    """A piece of finished HTML, and its text."""

    __slots__ = ("html", "text")

    def __init__(self, html: str, text: str) -> None:
        self.html = html
        self.text = text


class Element:
    """An element, its attributes in the order of printing, and its children.

    `ours` marks what Markdown made: raw HTML may stand in it, but not end it. `silent` keeps what is in it (labels,
    the numbers of notes) out of the plain text.
    """

    __slots__ = ("attributes", "children", "ours", "silent", "tag")

    def __init__(self, tag: str, attributes: dict[str, str] | None = None, *, ours: bool = False) -> None:
        self.tag = tag
        self.attributes = {} if attributes is None else attributes
        self.children: list[Node] = []
        self.ours = ours
        self.silent = False

    def has_class(self, name: str) -> bool:
        """Whether `name` is one of its classes."""
        return name in self.attributes.get("class", "").split()


Node = Element | Verbatim | str
Finish = Callable[[Element, Element], None]


class Builder:
    """Takes starts, texts and ends; gives the tree at `root`.

    `finishers` are called with an element as it ends and its parent, whose last child it is: the place for
    rules that need the whole element (a heading's id, the box around a table).
    """

    def __init__(self, finishers: Mapping[str, Finish]) -> None:
        self.root = Element("body", ours=True)
        self.open = [self.root]
        self._finishers = finishers

    def start(self, tag: str, attributes: dict[str, str] | None = None, *, ours: bool = True) -> Element | None:
        """Open an element; None where it has no place, and its content then belongs to what is around it."""
        if not ours and len(self.open) > MAX_DEPTH:
            return None
        if tag in HEADINGS and self.within(_HEADER_CELL):
            return None
        if tag in PARTS:
            found = self._make_room_for_part(tag, ours=ours)
        elif tag in BLOCKS:
            found = self._make_room_for_block(tag)
        else:
            found = self._make_room_for_inline(tag)
        if not found:
            return None

        element = Element(tag, attributes, ours=ours)
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)
        return element

    def text(self, text: str) -> None:
        """Add text where we are."""
        if not text:
            return
        if self.open[-1].tag in _STRUCTURE:
            if text.isspace():
                return
            self._make_room_for_inline("")
        self.open[-1].children.append(text)

    def add(self, piece: Verbatim) -> None:
        """Add finished HTML where we are."""
        if self.open[-1].tag in _STRUCTURE:
            self._make_room_for_inline("")
        self.open[-1].children.append(piece)

    def end(self, element: Element | None) -> None:
        """End an element of ours and all that is still open in it; nothing where raw HTML has ended it already."""
        if element is None:
            return
        for index in range(len(self.open) - 1, 0, -1):
            if self.open[index] is element:
                self._cut(index)
                return

    def end_raw(self, tag: str) -> None:
        """End the nearest raw element of this name, if an end tag reaches that far."""
        for index in range(len(self.open) - 1, 0, -1):
            element = self.open[index]
            if element.tag == tag and not element.ours:
                self._cut(index)
                return
            if element.ours and (element.tag not in _LOOSE or tag in INLINE):
                return
            if element.tag in CELLS and tag not in _STRUCTURE:
                return

    def finish(self) -> Element:
        """End everything; the root."""
        self._cut(1)
        return self.root

    def within(self, tags: frozenset[str]) -> bool:
        """Whether one of `tags` is open."""
        return any(element.tag in tags for element in self.open)

    def _make_room_for_inline(self, tag: str) -> bool:
        if tag in _NOT_IN_ITSELF and self.within(frozenset({tag})):
            return False
        if tag in {"rt", "rp"}:
            if self.open[-1].tag in {"rt", "rp"}:
                self._cut(len(self.open) - 1)
            if self.open[-1].tag != "ruby":
                return False
        while implied := _IMPLIED.get(self.open[-1].tag):
            element = Element(implied)
            self.open[-1].children.append(element)
            self.open.append(element)
        return True

    def _make_room_for_block(self, tag: str) -> bool:
        if tag in _NOT_IN_LINK:
            self._leave_link()
        cut = len(self.open)
        for index in range(len(self.open) - 1, -1, -1):
            holder = self.open[index]
            if holder.tag in _FLOW or holder.tag in _STRUCTURE or (holder.tag == "summary" and tag in HEADINGS):
                break
            if holder.tag in _TRANSPARENT and not holder.ours:
                continue
            if holder.ours and holder.tag not in _LOOSE:
                return False
            if holder.tag == "p" and self._is_only_around(index):
                self._take_out(index)
                break
            cut = index
        self._cut(cut)
        return self._make_room_for_inline("")

    def _is_only_around(self, index: int) -> bool:
        """Whether an open element holds nothing but the open elements in it, all of which may hold blocks."""
        chain = self.open[index:]
        return len(chain) > 1 and all(
            holder.children == [inner] and inner.tag in _TRANSPARENT and not inner.ours
            for holder, inner in pairwise(chain)
        )

    def _take_out(self, index: int) -> None:
        """Put what an open element holds in its place, still open."""
        element = self.open.pop(index)
        self.open[index - 1].children[-1:] = element.children

    def _leave_link(self) -> None:
        """End the open link, if there is one: nothing that takes the focus may stand in it."""
        for index, element in enumerate(self.open):
            if element.tag == "a":
                self._cut(index)
                return

    def _make_room_for_part(self, tag: str, *, ours: bool) -> bool:
        if not self._return_to(_PARENTS[tag], ours=ours):
            return False
        if tag == "tr" or tag in CELLS:
            self._imply(frozenset({"table"}), "tbody")
        if tag in CELLS:
            self._imply(SECTIONS, "tr")
        return True

    def _return_to(self, parents: frozenset[str], *, ours: bool) -> bool:
        """Go back to the nearest of `parents`, ending what is open in it; false where there is none to reach."""
        for index in range(len(self.open) - 1, 0, -1):
            element = self.open[index]
            if element.tag in parents:
                self._cut(index + 1)
                return True
            if element.ours and not ours and element.tag not in _LOOSE:
                return False
            if element.tag == "table":
                return False
        return False

    def _imply(self, parents: frozenset[str], tag: str) -> None:
        if self.open[-1].tag in parents:
            element = Element(tag)
            self.open[-1].children.append(element)
            self.open.append(element)

    def _cut(self, index: int) -> None:
        """End the open elements from `index` on, the innermost first."""
        while len(self.open) > index:
            element = self.open.pop()
            finish = self._finishers.get(element.tag)
            if finish is not None:
                finish(element, self.open[-1])


def plain_text(element: Element) -> str:
    """The text of an element on one line, without notes and labels."""
    parts: list[str] = []
    waiting: list[Node] = [element]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            parts.append(node)
        elif isinstance(node, Verbatim):
            parts.append(node.text)
        elif node.tag in VOID:
            parts.append(" ")
        elif not node.silent and not node.has_class("note"):
            waiting.extend(reversed(node.children))
    return _BLANKS.sub(" ", "".join(parts)).strip()
