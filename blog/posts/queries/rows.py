"""Posts, authors, tags and pictures as pages show them, and how they are made of what a statement returns."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from blog.auth.models import ProfileLink, User
from blog.media.models import Media
from blog.media.sources import Shown, VariantRow, shown_as

PICTURE_COLUMNS = tuple(
    column.label(f"media_{column.key}") for column in (Media.id, Media.name, Media.width, Media.height, Media.alt)
)
"""What `picture_row` reads of a lead picture, besides the post's `picture_caption`."""


@dataclass(frozen=True, slots=True)
class AuthorRow:
    """Who wrote it, as lists show them."""

    id: int
    username: str
    display_name: str
    picture_url: str | None


@dataclass(frozen=True, slots=True)
class AuthorCard:
    """An author, as their own page and the foot of a post show them."""

    id: int
    username: str
    display_name: str
    picture_url: str | None
    bio_html: str
    links: list[ProfileLink]
    post_count: int


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag, as lists show it."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A lead picture."""

    shown: Shown
    caption: str


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post, as lists show it."""

    id: int
    slug: str
    title: str
    excerpt: str
    published_at: datetime
    words: int
    comment_count: int
    author: AuthorRow
    picture: PictureRow | None
    tags: tuple[TagRow, ...] = field(default=())
    language: str | None = None
    """Of its words (BCP 47), where it is not the site's."""
    co_authors: tuple[AuthorRow, ...] = ()
    is_pinned: bool = False
    """True where it stands before its turn, which is nowhere but on the home page."""

    @property
    def authors(self) -> tuple[AuthorRow, ...]:
        """All who wrote it, the author first."""
        return (self.author, *self.co_authors)


def post_row(
    row: Any,
    tags: tuple[TagRow, ...],
    variants: Iterable[VariantRow] = (),
    co_authors: tuple[AuthorRow, ...] = (),
) -> PostRow:
    """A post of a list. Tags, variants of its picture and co-authors have statements of their own."""
    return PostRow(
        id=row.id,
        slug=row.slug,
        title=row.title,
        excerpt=row.excerpt or row.summary,
        published_at=row.published_at,
        words=row.words,
        comment_count=row.comment_count,
        author=author_row(row),
        picture=picture_row(row, variants),
        tags=tags,
        language=row.language,
        co_authors=co_authors,
    )


def author_row(row: Any) -> AuthorRow:
    """The author of a row with `author_id`, `username`, `display_name` and `picture_name`."""
    return AuthorRow(row.author_id, row.username, row.display_name, _media_url(row.picture_name))


def author_card(row: Any) -> AuthorCard:
    """As `author_row`, of a row that also has `bio_html`, `links` and `author_post_count`."""
    return AuthorCard(
        id=row.author_id,
        username=row.username,
        display_name=row.display_name,
        picture_url=_media_url(row.picture_name),
        bio_html=row.bio_html,
        links=row.links,
        post_count=row.author_post_count,
    )


def card_of(user: User) -> AuthorCard:
    """The card of somebody who was loaded whole."""
    return AuthorCard(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        picture_url=user.picture_url,
        bio_html=user.bio_html,
        links=user.links,
        post_count=user.post_count,
    )


def picture_row(row: Any, variants: Iterable[VariantRow]) -> PictureRow | None:
    """The lead picture of a row with `PICTURE_COLUMNS`, if the post has one."""
    if row.media_id is None:
        return None
    picture = shown_as(row.media_name, row.media_width, row.media_height, row.media_alt, variants)
    return PictureRow(picture, row.picture_caption)


def _media_url(name: str | None) -> str | None:
    return f"/media/{name}" if name else None
