"""The links and pictures of a Markdown text, changed without touching anything else."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from blog.transfer.places import Found, Link
from blog.transfer.scanning import scan


class _Nowhere(Enum):
    NOWHERE = auto()


NOWHERE = _Nowhere.NOWHERE
"""An answer: the address leads nowhere any more; the text stays, the link goes."""

Change = Callable[[Link], str | _Nowhere | None]
"""The new address of a link, `NOWHERE`, or None to leave it as it is."""


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    new: str


def rewrite(text: str, change: Change) -> str:
    """`text` with the addresses changed as `change` says; everything else stays as it is, to the byte.

    Code blocks and code spans have no links. `text` has LF line ends.
    """
    edits: list[_Edit] = []
    for found in scan(text)[0]:
        edits.extend(_edits(text, found, change))
    return _apply(text, edits)


def links(text: str) -> list[Link]:
    """The links and pictures of a text, each occurrence, in no particular order."""
    found: list[Link] = []
    for one in scan(text)[0]:
        if one.form == "srcset":
            found += [Link(address, is_picture=True) for address, _ in _candidates(one.link.address)]
        elif one.form != "definition" or one.link.address:
            found.append(one.link)
    return found


def _edits(text: str, found: Found, change: Change) -> list[_Edit]:
    if found.form == "srcset":
        return _srcset_edits(text, found, change)
    new = change(found.link)
    if new is None:
        return []
    if new is NOWHERE:
        return _removal(text, found)
    return _replacement(text, found, new)


def _replacement(text: str, found: Found, new: str) -> list[_Edit]:
    start, end = found.target
    if found.form in ("attribute", "picture-tag"):
        return [_Edit(start, end, html.escape(new, quote=True))]
    if found.form == "bare":
        label = re.sub(r"([\\`*_\[\]<>])", r"\\\1", found.link.label)
        return [_Edit(*found.whole, f"[{label}]({_destination(new)})")]
    if found.form == "use":
        return []  # its definition is changed
    return [_Edit(start, end, _destination(new))]


def _removal(text: str, found: Found) -> list[_Edit]:
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


def _srcset_edits(text: str, found: Found, change: Change) -> list[_Edit]:
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
