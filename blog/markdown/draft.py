"""A document in the making: its tree, its ids, headings and pictures, and the rules for finished elements."""

import re
from collections.abc import Callable
from enum import Enum
from urllib.parse import unquote

from blog.markdown.addresses import allowed, is_outside
from blog.markdown.document import ID_PREFIX, Heading, Labels, Picture
from blog.markdown.finishing import (
    drop_empty,
    drop_hollow,
    elements,
    finish_definitions,
    finish_figure,
    finish_ruby,
    give_summary,
    is_blank,
    nodes,
    put_in_order,
    says_something,
    unwrap,
    wrap,
)
from blog.markdown.tree import HEADINGS, INLINE, LINK, Builder, Element, Finish, plain_text

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
        finishers: dict[str, Finish] = dict.fromkeys(INLINE, drop_hollow)
        finishers |= {
            "a": self._finish_link,
            "details": self._finish_details,
            "dl": finish_definitions,
            "figure": finish_figure,
            "p": drop_empty,
            "pre": self._finish_preformatted,
            "ruby": finish_ruby,
            "table": self._finish_table,
            "ul": drop_empty,
            "ol": drop_empty,
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
        if source and is_outside(source) and not source.lower().startswith("mailto:"):
            self.outside_pictures[source] = None
        link = self.start_link(source, ours=ours) if source and not self.builder.within(LINK) else None
        self.builder.text(text)
        if link is not None:
            self.builder.end(link)

    def _finish_heading(self, element: Element, parent: Element) -> None:
        text = plain_text(element)
        if not text:
            text = next((child.attributes["alt"] for child in elements(element) if child.attributes.get("alt")), "")
        if not text:
            unwrap(element, parent)
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
        if (
            parent.tag != "summary"
            and not self.builder.within(LINK)
            and not any(child.tag in _FOCUSABLE for child in elements(element))
        ):
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
        """A link has something to say: of Markdown's without words its address, of raw ones the picture's."""
        picture = next((child for child in elements(element) if child.tag == "img"), None)
        address = element.attributes.get("href", "")
        if address and any(says_something(node) for node in nodes(element)):
            return
        if address and picture is not None:
            picture.attributes["alt"] = address
        elif address and element.ours:
            element.children.append(address)
        else:
            unwrap(element, parent)
            if name := element.attributes.get("id"):
                parent.children.insert(len(parent.children) - len(element.children), Element("span", {"id": name}))

    def _finish_preformatted(self, element: Element, parent: Element) -> None:
        """Raw `<pre>` gets the box of a code block; a line break at its start would be lost at each reading."""
        if element.ours:
            return
        holder = element
        while holder.children and isinstance(holder.children[0], Element) and not holder.children[0].has_class("code"):
            holder = holder.children[0]
        if holder.children and isinstance(holder.children[0], str):
            holder.children[0] = holder.children[0].lstrip("\n")
        if is_blank(element):
            parent.children.pop()
            return
        element.attributes |= {"tabindex": "0", "role": "group", "aria-label": self.labels.code}
        wrap(element, parent, Element("div", {"class": "code"}))

    def _finish_table(self, element: Element, parent: Element) -> None:
        """Put a table into a box that scrolls."""
        caption = put_in_order(element)
        if caption is None:
            parent.children.pop()
            return
        self._tables += 1
        label = caption or self.labels.table.format(self._tables)
        box = {"class": "scroll", "role": "group", "tabindex": "0", "aria-label": label}
        wrap(element, parent, Element("div", box))

    def _finish_details(self, element: Element, parent: Element) -> None:
        give_summary(element, self.labels.details)


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
