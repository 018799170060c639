"""What was noted beside posts."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog.auth.models import User
from blog.db import Base, UTCDateTime
from blog.posts.models import Post

NOTE_LENGTH = 2_000
NOTES_PER_POST = 200


class PostNote(Base):
    """A few plain sentences about a post, for those who may edit it."""

    __tablename__ = "post_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    """Nobody, once they have left."""
    body: Mapped[str] = mapped_column(Text)
    sends_back: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True for what an editor wrote when they sent the post back from review."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    post: Mapped[Post] = relationship(lazy="raise_on_sql")
    author: Mapped[User | None] = relationship(lazy="raise_on_sql")
