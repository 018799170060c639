"""Posts, their tags, and the addresses that they once had."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table, text
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from blog.auth.models import User
from blog.db import Base, LongText, UTCDateTime, by_value
from blog.media.models import Media
from blog.posts.models.kinds import (
    EXCERPT_LENGTH,
    KEPT_IN_TRASH,
    LANGUAGE_LENGTH,
    SEARCH_TITLE_LENGTH,
    SERIES_LENGTH,
    SLUG_LENGTH,
    TAG_LENGTH,
    TITLE_LENGTH,
    URL_LENGTH,
    PostStatus,
    StoredHeading,
    Visibility,
)
from blog.site.audit import Subject

if TYPE_CHECKING:
    from blog.posts.models.traces import OldSlug

post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True),
    mysql_charset="utf8mb4",
    mysql_collate="utf8mb4_bin",
    mysql_engine="InnoDB",
)


post_pictures = Table(
    "post_pictures",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("media_id", ForeignKey("media.id", ondelete="CASCADE"), primary_key=True, index=True),
    mysql_charset="utf8mb4",
    mysql_collate="utf8mb4_bin",
    mysql_engine="InnoDB",
)
"""The pictures that the text of a post shows or links to; the one above it is `Post.picture_id`."""


class Tag(Base):
    """A word that posts are found by; it is made when an author first types it."""

    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(TAG_LENGTH))
    post_count: Mapped[int] = mapped_column(default=0)
    """Its posts that readers see, but for those that came due since they were last counted."""


class Series(Base):
    """Posts that are read one after the other; made when an author first types its name, it goes with its last part."""

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(SERIES_LENGTH))
    description: Mapped[str] = mapped_column(String(EXCERPT_LENGTH), default="")

    @property
    def subject(self) -> Subject:
        """How the audit log names it."""
        return Subject("series", self.id, self.name)


class SeriesPart(Base):
    """The place of a post in its series: a post is in one at most."""

    __tablename__ = "series_parts"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), index=True)
    number: Mapped[int | None]
    """As it was typed; parts without one stand behind those with one, by their dates."""

    series: Mapped[Series] = relationship(lazy="joined", innerjoin=True)


class CoAuthor(Base):
    """Somebody who writes a post beside its author: they work on it as the author does, and stand behind them."""

    __tablename__ = "co_authors"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    place: Mapped[int]

    user: Mapped[User] = relationship(lazy="raise_on_sql")


class Post(Base):
    """A piece of writing: its Markdown, and the HTML made of it when it was saved."""

    __tablename__ = "posts"
    __table_args__ = (
        Index(None, "status", "published_at", "id"),
        Index(None, "author_id", "status", "published_at", "id"),
        Index(None, "status", "updated_at", "id"),
        Index(None, "is_counted", "status", "published_at"),
        Index(
            None,
            "pinned_at",
            sqlite_where=text("pinned_at IS NOT NULL"),
            postgresql_where=text("pinned_at IS NOT NULL"),
        ),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="", index=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    body: Mapped[str] = mapped_column(LongText, default="")
    excerpt: Mapped[str] = mapped_column(String(EXCERPT_LENGTH), default="")
    """The sentence under the title, when the author wrote one."""
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("media.id", ondelete="SET NULL"), index=True)
    picture_caption: Mapped[str] = mapped_column(String(EXCERPT_LENGTH), default="")
    canonical_url: Mapped[str] = mapped_column(String(URL_LENGTH), default="", server_default="")
    """Where the text stood first, if that is on another site."""
    search_title: Mapped[str] = mapped_column(String(SEARCH_TITLE_LENGTH), default="", server_default="")
    search_description: Mapped[str] = mapped_column(String(EXCERPT_LENGTH), default="", server_default="")
    """What search engines and other sites show in the place of the title and the standfirst."""
    comments_closed: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None] = mapped_column(String(LANGUAGE_LENGTH))
    """Of the text (BCP 47); None for the site's."""

    # Made from the body when it is saved.
    body_html: Mapped[str] = mapped_column(LongText, default="")
    summary: Mapped[str] = mapped_column(String(EXCERPT_LENGTH), default="")
    """The text's own beginning, for lists when there is no excerpt."""
    headings: Mapped[list[StoredHeading]] = mapped_column(JSON, default=list)
    words: Mapped[int] = mapped_column(default=0)
    renderer_version: Mapped[int] = mapped_column(default=0)

    status: Mapped[PostStatus] = mapped_column(
        by_value(PostStatus, length=16),
        default=PostStatus.DRAFT,
    )
    visibility: Mapped[Visibility] = mapped_column(
        by_value(Visibility, length=16), default=Visibility.PUBLIC, server_default=Visibility.PUBLIC.value
    )
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When readers see it, or last saw it: kept when it is unpublished."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    trashed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    pinned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When an editor put it first on the home page; None for the others, and for what readers do not find."""
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When it was last handed to the editors, until it is published."""

    comment_count: Mapped[int] = mapped_column(default=0)
    is_counted: Mapped[bool] = mapped_column(default=False)
    """True while it is part of the kept counts of its author, tags and month."""
    edit_number: Mapped[int] = mapped_column(default=0)
    """Grows with every save, so that an editor opened before somebody else's save is noticed."""
    creation_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of the form that made it: a form sent twice makes one post."""
    import_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    """Where an import found it, so that a second import changes it and makes no other."""
    import_digest: Mapped[str | None] = mapped_column(String(64))

    # The reverse sides are made from here, since auth knows nothing of posts.
    author: Mapped[User] = relationship(
        lazy="raise_on_sql", backref=backref("posts", lazy="write_only", passive_deletes="all", cascade="save-update")
    )
    co_authors: Mapped[list[CoAuthor]] = relationship(
        order_by=CoAuthor.place, cascade="all, delete-orphan", passive_deletes=True
    )
    """In their order, behind the author. Loaded when they are asked for: of one post, to see who may do something."""
    picture: Mapped[Media | None] = relationship(lazy="raise_on_sql")
    tags: Mapped[list[Tag]] = relationship(
        secondary=post_tags,
        order_by=Tag.name,
        lazy="raise",
        backref=backref("posts", lazy="write_only", passive_deletes=True),
    )
    part: Mapped[SeriesPart | None] = relationship(viewonly=True, lazy="raise")
    """Its place in a series, for reading."""
    old_slugs: Mapped[list["OldSlug"]] = relationship(
        back_populates="post", lazy="raise", cascade="all, delete-orphan", passive_deletes=True
    )

    def is_live(self, now: datetime) -> bool:
        """True when it is published and its hour has come; `visibility` says to whom."""
        return self.status is PostStatus.PUBLISHED and self.published_at is not None and self.published_at <= now

    def is_listed(self, now: datetime) -> bool:
        """True when every reader finds it: `queries.visible` of one post."""
        return self.is_live(now) and self.visibility is Visibility.PUBLIC

    def is_scheduled(self, now: datetime) -> bool:
        """True when it is published but its hour is still to come."""
        return self.status is PostStatus.PUBLISHED and not self.is_live(now)

    @property
    def is_page(self) -> bool:
        """True for what stands by itself, without date and comments."""
        return self.visibility is Visibility.PAGE

    @property
    def author_ids(self) -> tuple[int, ...]:
        """Of all who wrote it, the author first."""
        return (self.author_id, *(one.user_id for one in self.co_authors))

    @property
    def subject(self) -> Subject:
        """How the audit log names the post."""
        return Subject("post", self.id, self.title or self.slug)

    @property
    def is_trashed(self) -> bool:
        """True while it is in the trash."""
        return self.status is PostStatus.TRASHED

    @property
    def is_in_review(self) -> bool:
        """True while it waits for an editor."""
        return self.status is PostStatus.IN_REVIEW

    @property
    def is_draft(self) -> bool:
        """True while it is written, in review too: it is neither published nor in the trash."""
        return self.status in (PostStatus.DRAFT, PostStatus.IN_REVIEW)

    @property
    def is_publishable(self) -> bool:
        """True if it has a title and a text."""
        return bool(self.title.strip() and self.body.strip())

    @property
    def gone_at(self) -> datetime | None:
        """When it goes for good, while it is in the trash."""
        return self.trashed_at + KEPT_IN_TRASH if self.is_trashed and self.trashed_at else None

    def publish(self, at: datetime) -> None:
        """Show it to readers from `at` on."""
        self.status = PostStatus.PUBLISHED
        self.published_at = at
        self.trashed_at = self.submitted_at = None

    def submit(self, now: datetime) -> None:
        """Hand the draft to the editors."""
        if self.status is PostStatus.DRAFT:
            self.status = PostStatus.IN_REVIEW
            self.submitted_at = now

    def withdraw(self) -> None:
        """Take it back from the editors; it is a draft again."""
        if self.is_in_review:
            self.status = PostStatus.DRAFT

    def unpublish(self) -> None:
        """Make it a draft again; its date stays."""
        self.status = PostStatus.DRAFT
        self.trashed_at = None

    def trash(self, now: datetime) -> None:
        """Put it into the trash, from where it can be restored."""
        if not self.is_trashed:
            self.status = PostStatus.TRASHED
            self.trashed_at = now

    def restore(self) -> None:
        """Take it out of the trash, as a draft: nothing becomes public by being restored."""
        if self.is_trashed:
            self.unpublish()
