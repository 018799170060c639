"""What is typed in an editor as one value, and how many words of it went from one to the next."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from blog.auth.names import username_key
from blog.posts.revisions.alignment import words_of
from blog.posts.text import slugify

_LETTER = re.compile(r"\w")
_EXTENDED_AT_ONCE = 200
"""Nobody types on at more words than these between two saves."""


@dataclass(frozen=True)
class Text:
    """All that somebody types for a post and that readers will read: the one list of it."""

    title: str
    body: str
    excerpt: str = ""
    tags: tuple[str, ...] = ()
    slug: str = ""
    comments_closed: bool = False
    language: str | None = None
    """That of the text, where it is not the site's."""
    series: str = ""
    """The name of the series that it is in."""
    series_number: int | None = None
    """Its place in there, as typed."""
    co_authors: tuple[str, ...] = ()
    """The user names of those who write it beside its author, in their order."""
    picture: str = ""
    """The public name of the one above the text."""
    picture_caption: str = ""
    canonical_url: str = ""
    search_title: str = ""
    search_description: str = ""

    @classmethod
    def of(cls, holder: object, **others: object) -> "Text":
        """What a post or a revision says; `others` are what it has under another name, or otherwise."""
        held = {name: getattr(holder, name) for name in FIELDS if name not in others}
        return cls(**{**held, **others})

    def says(self, other: "Text") -> bool:
        """True if both say the same; tags and series are compared as their addresses are."""
        return _plain(self) == _plain(other)

    @property
    def particulars(self) -> tuple[str, ...]:
        """What is typed in the smaller fields, but for the address."""
        return self.series, self.picture_caption, self.canonical_url, self.search_title, self.search_description

    @property
    def parts(self) -> tuple[str, ...]:
        """All that has words in it; the tags are one part."""
        return self.title, self.body, self.excerpt, " ".join(self.tags), *self.particulars


FIELDS = tuple(field.name for field in fields(Text))
"""An editor has a field for each, a post and a revision a column; but for those that stand in rows of a post."""


def _plain(text: Text) -> tuple[Text, set[str]]:
    """What two texts are compared by."""
    series, names = slugify(text.series, default=""), tuple(map(username_key, text.co_authors))
    return replace(text, tags=(), series=series, co_authors=names), {slugify(tag) for tag in text.tags}


@dataclass(frozen=True)
class Change:
    """How many words came and went from one text to the next, wherever they stand."""

    added: int
    removed: int
    lost: int
    """Of the removed ones, those that were not merely typed on: `incred` is not lost in `incredible`."""


def change(before: Text, after: Text) -> Change:
    """The words that came and went."""
    # What is the same in both adds nothing to either: most saves leave all but one part as it is.
    changed = [(old, new) for old, new in zip(before.parts, after.parts, strict=True) if old != new]
    old, new = _word_counts(old for old, _ in changed), _word_counts(new for _, new in changed)
    removed, added = old - new, new - old
    return Change(added.total(), removed.total(), _lost(removed, added))


def _word_counts(parts: Iterable[str]) -> Counter[str]:
    """How often each word stands in them, wherever; what has neither letter nor digit, as marks of lists, is none."""
    return Counter(word for word in words_of(" ".join(parts)) if _LETTER.search(word))


def _lost(removed: Counter[str], added: Counter[str]) -> int:
    """How many removed words begin none of the added ones, each of which one removed word became at most.

    The longest first: the words that go on one another form a tree, so nothing else would leave fewer.
    """
    if removed.total() > _EXTENDED_AT_ONCE:
        return removed.total()
    lost, free = 0, sorted(added.elements())
    for word in sorted(removed.elements(), key=len, reverse=True):
        place = bisect_left(free, word)
        if place < len(free) and free[place].startswith(word):
            free.pop(place)
        else:
            lost += 1
    return lost
