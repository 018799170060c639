"""What stands at a public address: posts by slug, tags, authors."""

from datetime import datetime

from sqlalchemy import Row, select

from blog.auth.models import User
from blog.db import db
from blog.posts.models import OldSlug, Post, Tag, post_tags
from blog.posts.queries.rows import AuthorCard, card_of
from blog.posts.queries.scopes import visible


def find_public_source(slug: str, now: datetime) -> Row[str, str] | None:
    """The title and Markdown of a public post."""
    return db.session.execute(select(Post.title, Post.body).where(Post.slug == slug, visible(now))).one_or_none()


def slug_now(old_slug: str, now: datetime) -> str | None:
    """The slug of the public post that once had this one."""
    return db.session.scalar(
        select(Post.slug).join(OldSlug, OldSlug.post_id == Post.id).where(OldSlug.slug == old_slug, visible(now))
    )


def public_id(slug: str, now: datetime) -> int | None:
    """The id of the public post at an address."""
    return db.session.scalar(select(Post.id).where(Post.slug == slug, visible(now)))


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
