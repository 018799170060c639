"""The links that were given out."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog.auth.models import User
from blog.db import Base, UTCDateTime
from blog.posts.models import Post

LABEL_LENGTH = 80
LINKS_PER_POST = 20
"""That work at the same time."""
LIFETIMES = (1, 7, 30)
"""Days that a link may work."""


class PreviewLink(Base):
    """A secret address of a post. Only the SHA-256 of its secret is here; when it is taken back it goes."""

    __tablename__ = "preview_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    """Whoever leaves takes the links along that they gave out."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    """For whom it is."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)

    post: Mapped[Post] = relationship(lazy="raise_on_sql")
    created_by: Mapped[User] = relationship(lazy="raise_on_sql")
