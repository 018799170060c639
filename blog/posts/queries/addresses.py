"""What stands at a public address: posts by slug, tags, authors."""

from datetime import datetime

from sqlalchemy import Row, select

from blog.auth.models import User
from blog.db import db
from blog.posts.models import OldSlug, Post, Tag, Visibility, post_tags
from blog.posts.queries.rows import AuthorCard, card_of
from blog.posts.queries.scopes import readable_by, visible


def find_source(slug: str, reader: User | None, now: datetime) -> Row[str, str, Visibility] | None:
    """The title and Markdown of the post at an address, if `reader` may read it, and who else may."""
    return db.session.execute(
        select(Post.title, Post.body, Post.visibility).where(Post.slug == slug, readable_by(reader, now))
    ).one_or_none()


def slug_now(old_slug: str, reader: User | None, now: datetime) -> str | None:
    """The slug of the post that once had this one, if `reader` may read it."""
    once = select(Post.slug).join(OldSlug, OldSlug.post_id == Post.id)
    return db.session.scalar(once.where(OldSlug.slug == old_slug, readable_by(reader, now)))


def id_at(slug: str, reader: User | None, now: datetime) -> int | None:
    """The id of the post at an address, if `reader` may read it."""
    return db.session.scalar(select(Post.id).where(Post.slug == slug, readable_by(reader, now)))


def find_tag(slug: str, now: datetime) -> Tag | None:
    """The tag at an address, if readers find a post under it: one that only drafts have tells nobody."""
    theirs = select(post_tags.c.post_id).join(Post, Post.id == post_tags.c.post_id)
    seen = theirs.where(post_tags.c.tag_id == Tag.id, visible(now)).exists()
    return db.session.scalar(select(Tag).where(Tag.slug == slug, seen))


def find_author(username_key: str) -> AuthorCard | None:
    """The author at an address, if they ever published something or may write."""
    user = db.session.scalar(select(User).where(User.username_key == username_key))
    if user is None or not (user.post_count or user.can_write):
        return None
    return card_of(user)
