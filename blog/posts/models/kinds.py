"""How long the parts of a post may be, and what states it knows."""

from datetime import timedelta
from enum import StrEnum
from typing import TypedDict

TITLE_LENGTH = 200
SLUG_LENGTH = 100
EXCERPT_LENGTH = 300
TAG_LENGTH = 60
TAGS_PER_POST = 20
SERIES_LENGTH = 100
"""Characters of the name of a series."""
CO_AUTHORS_AT_MOST = 9
HIGHEST_PART = 9_999
PINS_AT_MOST = 3
LANGUAGE_LENGTH = 12
URL_LENGTH = 500
SEARCH_TITLE_LENGTH = 120
KEPT_IN_TRASH = timedelta(days=30)
"""So long a post can be restored; then it goes for good."""
BODY_LENGTH = 1_000_000
"""Characters of Markdown in one post: a long novel's worth."""


class PostStatus(StrEnum):
    """What the author has decided; a published post whose hour is still to come is called scheduled."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    """A draft that its author has handed to the editors."""
    PUBLISHED = "published"
    TRASHED = "trashed"


class Visibility(StrEnum):
    """Who reads the post once its hour has come."""

    PUBLIC = "public"
    PAGE = "page"
    """Everybody, at an address of its own, without date and comments: no list, feed, search or count has it."""
    UNLISTED = "unlisted"
    """Whoever has its address; no list, feed, search or count has it."""
    PRIVATE = "private"
    """Those who may work on it."""

    def is_wider_than(self, other: "Visibility") -> bool:
        """True if more people read it."""
        order = list(Visibility)
        return order.index(self) < order.index(other)


class StoredHeading(TypedDict):
    """A heading of the text, for its table of contents."""

    level: int
    id: str
    text: str
