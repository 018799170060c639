"""The texts that a post had."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Enum, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog.auth.models import User
from blog.db import Base, LongText, UTCDateTime
from blog.media.models import NAME_LENGTH
from blog.posts.models import (
    EXCERPT_LENGTH,
    LANGUAGE_LENGTH,
    SEARCH_TITLE_LENGTH,
    SERIES_LENGTH,
    SLUG_LENGTH,
    TITLE_LENGTH,
    URL_LENGTH,
    Post,
)
from blog.posts.revisions.texts import FIELDS, Text

KEY_LENGTH = 64
REVISION_WINDOW = timedelta(minutes=10)
"""How long one revision takes up what an editor saves; then the next begins."""
FEW_WORDS = 5
"""A revision is written over only while no more words than these went in it; else the next begins."""


class RevisionKind(StrEnum):
    """Why a revision was made."""

    FOUND = "found"
    """It stood in the post before anybody noted it: an import, an older version of the blog."""
    WORK = "work"
    PUBLISH = "publish"
    """Readers got it, at once or at its hour."""
    RESTORE = "restore"
    PENDING = "pending"
    """A change of a published post that readers do not see yet. The last one of a post is the one that is worked on."""
    DISCARD = "discard"
    """The pending change was given up: the post's own text again."""
    ASIDE = "aside"
    """What somebody typed and could not be put together with what another one had saved. It never was the post's."""


HELD = (RevisionKind.FOUND, RevisionKind.WORK, RevisionKind.PUBLISH, RevisionKind.RESTORE, RevisionKind.DISCARD)
"""The kinds whose text stood in the post."""
LINE = (*HELD, RevisionKind.PENDING)
"""The kinds that follow one another as somebody worked on the post: all but what was set aside."""


class Revision(Base):
    """A text that a post had, or that somebody typed for it.

    One editor, opened once, writes in one revision for `REVISION_WINDOW`. Whatever another editor saved stays as it is.
    """

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("post_id", "number"),
        Index(None, "post_id", "created_at", "id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    """Who saved it; nobody for what was found, or after they have left."""
    number: Mapped[int]
    """Counts the revisions of one post, from 1."""
    kind: Mapped[RevisionKind] = mapped_column(
        Enum(RevisionKind, native_enum=False, length=16, values_callable=lambda all_: [one.value for one in all_])
    )
    session_key: Mapped[str | None] = mapped_column(String(KEY_LENGTH))
    """Of the opened editor that saved it."""

    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    body: Mapped[str] = mapped_column(LongText)
    excerpt: Mapped[str] = mapped_column(String(EXCERPT_LENGTH))
    tags: Mapped[list[str]] = mapped_column(JSON)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH))
    comments_closed: Mapped[bool]
    language: Mapped[str | None] = mapped_column(String(LANGUAGE_LENGTH))
    series: Mapped[str] = mapped_column(String(SERIES_LENGTH), default="", server_default="")
    series_number: Mapped[int | None]
    co_authors: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Their user names; None where an older version of the blog saved it."""
    picture: Mapped[str] = mapped_column(String(NAME_LENGTH), default="", server_default="")
    """Its public name, which means one content for ever; the row may be gone."""
    picture_caption: Mapped[str] = mapped_column(String(EXCERPT_LENGTH), default="", server_default="")
    canonical_url: Mapped[str] = mapped_column(String(URL_LENGTH), default="", server_default="")
    search_title: Mapped[str] = mapped_column(String(SEARCH_TITLE_LENGTH), default="", server_default="")
    search_description: Mapped[str] = mapped_column(String(EXCERPT_LENGTH), default="", server_default="")

    words: Mapped[int]
    added_words: Mapped[int]
    """As against the revision before it."""
    removed_words: Mapped[int]
    lost_words: Mapped[int] = mapped_column(default=0)
    """Words that stood in it and were written over, with each save added to those before."""
    restored_from: Mapped[int | None]
    """The number of the revision that was restored."""
    first_edit: Mapped[int]
    """The post's edit number when it was begun, and when it was last written."""
    last_edit: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)

    post: Mapped[Post] = relationship(lazy="raise")
    author: Mapped[User | None] = relationship(lazy="raise")

    def __init__(self, **values: Any) -> None:
        text: Text = values.pop("text")
        super().__init__(**values)
        self.text = text

    @property
    def text(self) -> Text:
        """What it holds."""
        return Text.of(self, tags=tuple(self.tags), co_authors=tuple(self.co_authors or ()))

    @text.setter
    def text(self, text: Text) -> None:
        for name in FIELDS:
            setattr(self, name, getattr(text, name))
        self.tags, self.co_authors = list(text.tags), list(text.co_authors)

    @property
    def is_pending(self) -> bool:
        """True for a change that readers do not see, or did not when it was made."""
        return self.kind is RevisionKind.PENDING

    def takes_up(self, session_key: str | None, author_id: int, now: datetime) -> bool:
        """True while this editor goes on in it."""
        return (
            session_key is not None
            and self.session_key == session_key
            and self.author_id == author_id
            and now - self.created_at < REVISION_WINDOW
        )
