"""What the site keeps about itself."""

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from blog.db import Base


class Setting(Base):
    """One of the settings that an admin changes on a page; absent means the default."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[object] = mapped_column(JSON)


class Redirect(Base):
    """An address of the past, such as one of an imported site, and where it leads now."""

    __tablename__ = "redirects"

    path: Mapped[str] = mapped_column(String(512), primary_key=True)
    """The path without the slash at its end, percent-decoded, as in `/2016/07/25/conf-lineup.html`."""
    target: Mapped[str] = mapped_column(String(512))
