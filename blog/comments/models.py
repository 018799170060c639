"""Comments and their threads."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from blog.auth.models import User
from blog.db import Base, LongText, UTCDateTime
from blog.posts.models import Post
from blog.site.audit import Subject

COMMENT_LENGTH = 10_000
EDIT_WINDOW = timedelta(minutes=15)
DEEPEST = 6
"""Levels of a thread; an answer to a comment on the last level stands beside it."""


class Comment(Base):
    """What a signed-in reader says about a post, or in answer to another comment."""

    __tablename__ = "comments"
    __table_args__ = (
        Index(None, "post_id", "path"),
        Index(None, "author_id", "created_at"),
        Index(None, "created_at", "id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    path: Mapped[str] = mapped_column(String(80), default="")
    """Its place in the thread: the ids from the root down, so that sorting by it is reading order."""
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(LongText)
    renderer_version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    hidden_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    hidden_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    creation_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of the form that made it: a form sent twice makes one comment."""

    post: Mapped[Post] = relationship(
        lazy="raise_on_sql", backref=backref("comments", lazy="write_only", passive_deletes=True)
    )
    author: Mapped[User | None] = relationship(
        lazy="raise_on_sql",
        foreign_keys=author_id,
        backref=backref("comments", lazy="write_only", passive_deletes=True),
    )
    parent: Mapped["Comment | None"] = relationship(lazy="raise_on_sql", remote_side=id)

    @property
    def subject(self) -> Subject:
        """How the audit log names the comment: by its post, never by its text."""
        return Subject("comment", self.id, f"post {self.post_id}")

    @property
    def depth(self) -> int:
        """0 for a comment on the post itself."""
        return self.path.count("/")

    @property
    def is_shown(self) -> bool:
        """True when readers see its text."""
        return self.deleted_at is None and self.hidden_at is None

    def edit(self, body: str, html: str, now: datetime) -> None:
        """Put another text in its place."""
        self.body, self.body_html, self.edited_at = body, html, now

    def delete(self, now: datetime) -> None:
        """Take the text away for good; its place stays for the answers to it."""
        if self.deleted_at is None:
            self.body = self.body_html = ""
            self.deleted_at = now

    def hide(self, by_id: int, now: datetime) -> None:
        """Keep it from readers; it can be shown again."""
        if self.hidden_at is None:
            self.hidden_at, self.hidden_by_id = now, by_id

    def show(self) -> None:
        """Show a hidden comment again."""
        self.hidden_at = self.hidden_by_id = None
