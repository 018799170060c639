"""A document in the making: its tree, its ids, headings and pictures, and the rules for finished elements."""

import re
from collections.abc import Callable, Iterator
from enum import Enum
from urllib.parse import unquote

from blog.markdown.addresses import allowed, is_outside
from blog.markdown.document import ID_PREFIX, Heading, Labels, Picture
from blog.markdown.tree import HEADINGS, LINK, SECTIONS, Builder, Element, Finish, Node, plain_text

LONGEST_SLUG = 80
CALLOUTS = ("note", "tip", "important", "warning", "caution")
"""The kinds of callouts, which are their classes, in the order of `Labels.callouts`."""

_NOT_SLUG = re.compile(r"[^\w\s-]+")
_SPACES = re.compile(r"[\s_]+")
_NOT_LETTER = re.compile(r"[\W_]+")
_NOT_ID = re.compile(r"[^\w.:-]+")
_NOT_LISTED = frozenset({"blockquote", "dd", "li", "td", "th"})
_OWN_RELATIONS = ("me", "nofollow", "sponsored")
_FOCUSABLE = frozenset({"a", "details"})
_DIGITS = re.compile(r"[1-9][0-9]{0,4}")


class Kind(Enum):
    """What is rendered: a post may hold everything, a comment a small part of it."""

    POST = "post"
    COMMENT = "comment"


class Draft:
    """The tree with everything that must be known of the whole document while it grows."""

    def __init__(
        self, kind: Kind, *, labels: Labels | None = None, picture: Callable[[str], Picture | None] | None = None
    ) -> None:
        self.kind = kind
        self.labels = labels or Labels()
        self.headings: list[Heading] = []
        self.outside_pictures: dict[str, None] = {}
        self._picture = picture
        self._ids: dict[str, int] = {}
        self._alike: dict[str, str] = {}
        self._levels: list[tuple[int, int]] = []
        self._tables = 0
        finishers: dict[str, Finish] = {
            "a": self._finish_link,
            "details": self._finish_details,
            "dl": self._finish_definitions,
            "figure": self._finish_figure,
            "p": _drop_empty,
            "pre": self._finish_preformatted,
            "ruby": _finish_ruby,
            "table": self._finish_table,
            "ul": _drop_empty,
            "ol": _drop_empty,
        }
        finishers.update(dict.fromkeys(HEADINGS, self._finish_heading))
        self.builder = Builder(finishers)

    def claim_id(self, wanted: str) -> str:
        """An id of the document's own, prefixed: `wanted`, or with a number where that is taken."""
        found = wanted = wanted.removeprefix(ID_PREFIX)
        while found in self._ids:
            self._ids[wanted] += 1
            found = f"{wanted}-{self._ids[wanted]}"
        self._ids[found] = 0
        self._alike.setdefault(_NOT_LETTER.sub("", found.casefold()), found)
        return ID_PREFIX + found

    def claim_written_id(self, written: str) -> str | None:
        """The id that an author wrote, prefixed; None where it is empty or taken."""
        wanted = _NOT_ID.sub("-", written.strip()).strip("-")[:LONGEST_SLUG].removeprefix(ID_PREFIX)
        if not wanted or wanted in self._ids:
            return None
        return self.claim_id(wanted)

    def target(self, fragment: str) -> str:
        """The href for `#fragment`: the prefixed id where the document has it, else unchanged (a place of the page).

        Every generator makes other names of headings (`what-s-next`, `whats-next`): letters and digits decide.
        """
        name = unquote(fragment)
        found = name if name in self._ids else self._alike.get(_NOT_LETTER.sub("", name.casefold()))
        return f"#{ID_PREFIX}{found}" if found else f"#{fragment}"

    def start_link(self, address: str, title: str = "", *, relation: str = "", ours: bool = True) -> Element | None:
        """Open a link; None where the address may not be linked to, or where we are in a link already."""
        href = allowed(address)
        if href is None:
            return None
        attributes = {"href": href}
        if title:
            attributes["title"] = title
        if self.kind is Kind.COMMENT:
            attributes["rel"] = "nofollow ugc noopener"
        elif is_outside(href):
            asked = relation.lower().split()
            attributes["rel"] = " ".join([*(word for word in _OWN_RELATIONS if word in asked), "noopener"])
        return self.builder.start("a", attributes, ours=ours)

    def may_show(self, address: str) -> bool:
        """Whether the picture there is shown, not linked to: it is a post's, and ours."""
        source = allowed(address)
        return self.kind is Kind.POST and bool(source) and not is_outside(source or "")

    def add_picture(self, address: str, alt: str, written: dict[str, str] | None = None, *, ours: bool = True) -> None:
        """Add a picture of ours; one on another host becomes a link to it, since no reader's page asks other hosts.

        `written` are the attributes that an author gave it in raw HTML.
        """
        if not self.may_show(address):
            self._add_picture_link(address, alt, ours=ours)
            return

        source = allowed(address) or ""
        known = self._picture(source) if self._picture else None
        written = written or {}
        attributes = {"src": source, "alt": alt or (known.alt if known else "")}
        attributes.update(_size(known, written.get("width", ""), written.get("height", "")))
        attributes.update({name: value for name, value in written.items() if name not in {"width", "height"}})
        attributes.update({"loading": "lazy", "decoding": "async"})
        self.builder.start("img", attributes, ours=ours)

    def _add_picture_link(self, address: str, alt: str, *, ours: bool) -> None:
        source = allowed(address)
        text = " ".join(alt.split()) or (source or "").strip()
        if source and is_outside(source):
            self.outside_pictures[source] = None
        link = self.start_link(source, ours=ours) if source and not self.builder.within(LINK) else None
        self.builder.text(text)
        if link is not None:
            self.builder.end(link)

    def _finish_heading(self, element: Element, parent: Element) -> None:
        text = plain_text(element)
        if not text:
            text = next((child.attributes["alt"] for child in _elements(element) if child.attributes.get("alt")), "")
        if not text:
            _unwrap(element, parent)
            return
        if self.kind is Kind.COMMENT:
            strong = Element("strong")
            strong.children = element.children
            element.tag, element.attributes, element.children = "p", {}, [strong]
            return

        level = self._level(int(element.tag[1]))
        element.tag = f"h{level}"
        name = element.attributes.pop("id", "") or self.claim_id(_slug(text))
        element.attributes = {"id": name} | element.attributes
        if not (self.builder.within(_NOT_LISTED) or any(holder.has_class("callout") for holder in self.builder.open)):
            self.headings.append(Heading(level, name, text))
        if parent.tag != "summary" and not self.builder.within(LINK) and not _holds(element, _FOCUSABLE):
            link = Element("a", {"href": f"#{name}"})
            link.children = element.children
            element.children = [link]

    def _level(self, written: int) -> int:
        """The level below the page's h1 that skips none: a heading is one deeper than the nearest above it."""
        while self._levels and self._levels[-1][0] >= written:
            self._levels.pop()
        level = min(self._levels[-1][1] + 1, 6) if self._levels else 2
        self._levels.append((written, level))
        return level

    def _finish_link(self, element: Element, parent: Element) -> None:
        if "href" not in element.attributes:
            _unwrap(element, parent)
            if name := element.attributes.get("id"):
                parent.children.insert(-len(element.children) or len(parent.children), Element("span", {"id": name}))
        elif not any(_says_something(node) for node in _nodes(element)):
            address = element.attributes["href"]
            picture = next((child for child in _elements(element) if child.tag == "img"), None)
            if picture is not None:
                picture.attributes["alt"] = address
            elif address:
                element.children.append(address)
            else:
                _unwrap(element, parent)

    def _finish_preformatted(self, element: Element, parent: Element) -> None:
        """Raw `<pre>` gets the box of a code block; a line break at its start would be lost at each reading."""
        if element.ours:
            return
        holder = element
        while holder.children and isinstance(holder.children[0], Element) and not holder.children[0].has_class("code"):
            holder = holder.children[0]
        if holder.children and isinstance(holder.children[0], str):
            holder.children[0] = holder.children[0].lstrip("\n")
        if _is_blank(element):
            parent.children.pop()
            return
        element.attributes |= {"tabindex": "0", "role": "group", "aria-label": self.labels.code}
        _wrap(element, parent, Element("div", {"class": "code"}))

    def _finish_table(self, element: Element, parent: Element) -> None:
        """Order the parts, give the header cells their scope, and put the table into a box that scrolls."""
        parts = [child for child in element.children if isinstance(child, Element)]
        captions = [part for part in parts if part.tag == "caption" and plain_text(part)]
        groups = [part for part in parts if part.tag in SECTIONS]
        for group in groups:
            group.children = [row for row in _parts(group) if _parts(row)]
        groups = [group for group in groups if group.children]
        if not groups:
            parent.children.pop()
            return

        heads = [group for group in groups if group.tag == "thead"][:1]
        feet = [group for group in groups if group.tag == "tfoot"][:1]
        bodies = [group for group in groups if group not in heads and group not in feet]
        for body in bodies:
            body.tag = "tbody"
        element.children = [*captions[:1], *heads, *bodies, *feet]
        rows = [(row, group in heads) for group in [*heads, *bodies, *feet] for row in _parts(group)]
        for row, is_head in rows:
            for cell in _parts(row):
                _scope(cell, "col" if is_head else "row")
        _even([row for row, _ in rows])

        self._tables += 1
        label = plain_text(captions[0]) if captions else self.labels.table.format(self._tables)
        box = {"class": "scroll", "role": "group", "tabindex": "0", "aria-label": label}
        _wrap(element, parent, Element("div", box))

    def _finish_details(self, element: Element, parent: Element) -> None:
        summaries = [child for child in element.children if isinstance(child, Element) and child.tag == "summary"]
        for summary in summaries[1:]:
            summary.tag = "div"
        for child in list(summaries[:1]):
            element.children.remove(child)
            if _is_blank(child):
                summaries = []
        if not summaries:
            summaries = [Element("summary")]
            summaries[0].silent = True
            summaries[0].children.append(self.labels.details)
        element.children.insert(0, summaries[0])

    def _finish_definitions(self, element: Element, parent: Element) -> None:
        """A list that does not go term, definition, ... is none."""
        element.children = [child for child in element.children if isinstance(child, Element)]
        tags = [child.tag for child in element.children if isinstance(child, Element)]
        if tags and tags[0] == "dt" and tags[-1] == "dd":
            return
        for child in element.children:
            if isinstance(child, Element):
                child.tag = "p" if child.tag == "dt" else "div"
        _unwrap(element, parent)

    def _finish_figure(self, element: Element, parent: Element) -> None:
        captions = [child for child in element.children if isinstance(child, Element) and child.tag == "figcaption"]
        if _is_blank(element):
            parent.children.pop()
            return
        for caption in captions[1:]:
            caption.tag = "div"
        if captions and element.children[0] is not captions[0]:
            element.children.remove(captions[0])
            element.children.append(captions[0])


def _slug(text: str) -> str:
    """A heading's name in its own script, as GitHub makes it: small letters, hyphens, no punctuation."""
    slug = _SPACES.sub("-", _NOT_SLUG.sub("", text.casefold()).strip())
    return slug[:LONGEST_SLUG].strip("-") or "section"


def _size(known: Picture | None, width: str, height: str) -> dict[str, str]:
    """Width and height for an img: of the picture itself, scaled to the width that an author asked for."""
    if known is None:
        return {name: value for name, value in (("width", width), ("height", height)) if _DIGITS.fullmatch(value)}
    if _DIGITS.fullmatch(width) and known.width > 0:
        return {"width": width, "height": str(max(1, round(known.height * int(width) / known.width)))}
    return {"width": str(known.width), "height": str(known.height)}


def _scope(cell: Element, scope: str) -> None:
    """A header cell says what it heads; an empty one is no header."""
    if cell.tag != "th":
        return
    if not _is_blank(cell):
        cell.attributes = {"scope": scope} | cell.attributes
    else:
        cell.tag = "td"
        cell.attributes.pop("scope", None)


def _even(rows: list[Element]) -> None:
    """Make every row as wide as the table, which is as wide as the last column that a cell begins in."""
    spans = [[int(cell.attributes.get("colspan", "1")) for cell in _parts(row)] for row in rows]
    width = max(sum(row[:-1]) + 1 for row in spans)
    for row, cells in zip(rows, spans, strict=True):
        taken = sum(cells)
        if taken > width:
            _parts(row)[-1].attributes["colspan"] = str(cells[-1] - (taken - width))
        row.children.extend(Element("td") for _ in range(width - taken))


def _parts(element: Element) -> list[Element]:
    return [child for child in element.children if isinstance(child, Element)]


def _nodes(element: Element) -> Iterator[Node]:
    """Everything in an element, in order."""
    waiting = list(reversed(element.children))
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Element):
            waiting.extend(reversed(node.children))


def _elements(element: Element) -> Iterator[Element]:
    return (node for node in _nodes(element) if isinstance(node, Element))


def _is_blank(element: Element) -> bool:
    """Whether there is neither text nor a picture in it."""
    return not any(_says_something(node) or isinstance(node, Element) and node.tag == "img" for node in _nodes(element))


def _says_something(node: Node) -> bool:
    """Whether a screen reader has something to read: a text, or a picture's description."""
    if isinstance(node, Element):
        return bool(node.attributes.get("alt", "").strip())
    return bool((node if isinstance(node, str) else node.text).strip())


def _holds(element: Element, tags: frozenset[str]) -> bool:
    return any(child.tag in tags or "tabindex" in child.attributes for child in _elements(element))


def _finish_ruby(element: Element, parent: Element) -> None:
    if not any(isinstance(child, Element) and child.tag == "rt" for child in element.children):
        element.tag = "span"
        element.children = [child for child in element.children if not isinstance(child, Element) or child.tag != "rp"]


def _drop_empty(element: Element, parent: Element) -> None:
    if all(isinstance(child, str) and child.isspace() for child in element.children):
        parent.children.pop()


def _unwrap(element: Element, parent: Element) -> None:
    """Put what an element holds in its place."""
    parent.children[-1:] = element.children


def _wrap(element: Element, parent: Element, box: Element) -> None:
    box.children.append(element)
    parent.children[-1] = box
