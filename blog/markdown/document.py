"""What rendering gives back, and the words that it may write of its own accord."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

WORDS_A_MINUTE = 230

ID_PREFIX = "user-content-"
"""Stands before every id that comes from a text, so that none can be taken for one of the page's own."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A place for the table of contents: `level` 2 to 6, `id` as it stands in the HTML, prefix included."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The size of a picture of ours in pixels, and the description that holds where a text gives none."""

    width: int
    height: int
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """The post that a name in `[[…]]` means: its id, and the address and title that readers may see of it."""

    id: int
    address: str = ""
    """Empty while readers can't see it: then only the words are shown."""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Labels:
    """The few words that rendering adds, in the language of the site. `{}` is a number or a name."""

    note: str = "Note {}"
    notes: str = "Notes"
    back: str = "Back to the text"
    done: str = "Done"
    not_done: str = "Not done"
    code: str = "Code"
    code_in: str = "{} code"
    table: str = "Table {}"
    formula: str = "Formula"
    details: str = "Details"
    callouts: tuple[str, str, str, str, str] = ("Note", "Tip", "Important", "Warning", "Caution")


@dataclass(frozen=True, slots=True)
class Document:
    """A text, rendered.

    `html` is sanitised and safe to print as it is. `text` is what a search reads: no markup, notes and code included,
    never longer than the source, but for the titles of linked posts. `excerpt` is the first paragraph, at most 220
    characters. `outside_pictures` are the addresses of pictures on other hosts, which became links. `plain` says that
    the source was too large or too dense to be rendered as Markdown and is shown as plain paragraphs.
    """

    html: str
    text: str
    excerpt: str
    headings: tuple[Heading, ...]
    words: int
    outside_pictures: tuple[str, ...] = ()
    plain: bool = False
    links: Mapping[str, Target] = field(default_factory=dict)
    """The posts that it links to, by the names that were written, as `name_key` makes them."""
    unknown_names: tuple[str, ...] = ()
    """What stands in `[[…]]` and is no post."""


def minutes_to_read(words: int) -> int:
    """Whole minutes, at least 1, at 230 words a minute (Brysbaert 2019: 238 for English non-fiction, silently)."""
    return max(1, math.ceil(words / WORDS_A_MINUTE))
