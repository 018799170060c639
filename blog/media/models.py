"""The pictures of the site."""

import re
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog.auth.models import User
from blog.db import Base, UTCDateTime
from blog.site.audit import Subject

_MARKUP = re.compile(r"[\\\[\]`*_<&]")
_QUOTE = re.compile(r'[\\"<&]')
NAME_LENGTH = 80
ALT_LENGTH = 500
CAPTION_LENGTH = 500
ORIGINAL_NAME_LENGTH = 200


class Media(Base):
    """A picture in the media folder. The file is there before the row; its name is made of its content."""

    __tablename__ = "media"
    __table_args__ = (
        Index(None, "created_at", "id"),
        Index(None, "uploader_id", "created_at", "id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    """The public name, as in `3f/9a0c….webp`; the address is `/media/<name>`."""
    mime: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    byte_size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    """The SHA-256 of the stored bytes, for backups and checks."""
    original_digest: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the bytes that were sent and how they were cut: the same picture sent twice is kept once."""
    original_name: Mapped[str] = mapped_column(String(ORIGINAL_NAME_LENGTH), default="")
    alt: Mapped[str] = mapped_column(String(ALT_LENGTH), default="")
    caption: Mapped[str] = mapped_column(String(CAPTION_LENGTH), default="")
    uploader_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_portrait: Mapped[bool] = mapped_column(default=False)
    """True for the picture of a profile: small as it is, and not in the library."""
    recipe: Mapped[int] = mapped_column(default=0)
    """The `variants.RECIPE` by which its variants were made; 0 before they are, negative if it failed."""

    uploader: Mapped[User | None] = relationship(lazy="raise")

    @property
    def url(self) -> str:
        """The picture's address on this site."""
        return f"/media/{self.name}"

    @property
    def subject(self) -> Subject:
        """How the audit log names the picture."""
        return Subject("picture", self.id, self.original_name or self.name)

    @property
    def markdown(self) -> str:
        """What shows the picture in a post."""
        alt = _MARKUP.sub(r"\\\g<0>", " ".join(self.alt.split()))
        caption = _QUOTE.sub(r"\\\g<0>", " ".join(self.caption.split()))
        return f'![{alt}]({self.url} "{caption}")' if caption else f"![{alt}]({self.url})"

    def belongs_to(self, user: User) -> bool:
        """True for whoever brought it."""
        return self.uploader_id == user.id


class MediaVariant(Base):
    """A picture in another size or format, for browsers that want fewer bytes. Made by a job, from the picture."""

    __tablename__ = "media_variants"
    __table_args__ = (UniqueConstraint("media_id", "mime", "width"), Base.__table_args__)

    id: Mapped[int] = mapped_column(primary_key=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), index=True)
    """As a picture's; two pictures may come out the same when they are small."""
    mime: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    byte_size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))


class FormerName(Base):
    """A name that a picture, or a variant of it, had before it was replaced; its address leads to the new one."""

    __tablename__ = "former_media_names"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
