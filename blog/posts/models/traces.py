"""What a post leaves behind: addresses of before, links to others, a place in the counts of its month."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog.db import Base
from blog.markdown import LONGEST_NAME
from blog.posts.models.kinds import SLUG_LENGTH
from blog.posts.models.post import Post


class OldSlug(Base):
    """A slug that a post had while it was published; its address redirects."""

    __tablename__ = "old_slugs"

    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)

    post: Mapped[Post] = relationship(back_populates="old_slugs")


class PostLink(Base):
    """A name in `[[…]]` in the text of a post, and the post that it means whatever that is called now."""

    __tablename__ = "post_links"

    from_post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    """As `name_key` makes it."""
    to_post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)


class MonthCount(Base):
    """How many posts readers see of one month, in the site's time zone."""

    __tablename__ = "month_counts"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    """As in `2026-11`."""
    post_count: Mapped[int] = mapped_column(default=0)
