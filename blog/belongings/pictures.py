"""The pictures of somebody who leaves: which of them nothing needs any more."""

from datetime import datetime

from sqlalchemy import or_, select

from blog.auth.models import User
from blog.db import db
from blog.media.models import Media
from blog.media.operations import remove_pictures
from blog.posts.models import Post, post_pictures
from blog.posts.pictures import IN_TEXT
from blog.posts.revisions.models import Revision

BATCH = 100


def of(user: User, *, with_posts: bool) -> set[str]:
    """The names of the pictures that `user` brought: that of the profile and, with the posts, all of them."""
    theirs = Media.uploader_id == user.id
    if not with_posts:
        theirs &= Media.name == user.picture_name
    return set(db.session.scalars(select(Media.name).where(theirs)))


def remove_unused(names: set[str], *, now: datetime) -> None:
    """Remove those of the pictures that no profile shows, no post leads with, and no text of today or before names."""
    unused = set(names)
    if unused:
        unused -= set(db.session.scalars(select(User.picture_name).where(User.picture_name.in_(unused))))
        leading = select(Media.name).join(Post, Post.picture_id == Media.id).where(Media.name.in_(unused))
        unused -= set(db.session.scalars(leading))
        shown = select(Media.name).join(post_pictures, post_pictures.c.media_id == Media.id)
        unused -= set(db.session.scalars(shown.where(Media.name.in_(unused))))
    if unused:
        unused -= _named_in_posts()
    remove_pictures(unused, now=now)


def remove_old_portrait(name: str | None, *, now: datetime) -> None:
    """Remove the picture that was on a profile, unless it is still on one or was put into the library."""
    if name and db.session.scalar(select(Media.id).where(Media.name == name, Media.is_portrait.is_(True))):
        remove_unused({name}, now=now)


def _named_in_posts() -> set[str]:
    """Every picture that the text of some post names, or named once; texts are read a few at a time."""
    stand = select(Post.body, Post.body_html).where(
        or_(Post.body.contains("/media/"), Post.body_html.contains("/media/"))
    )
    stood = select(Revision.body).where(Revision.body.contains("/media/"))
    found: set[str] = set()
    for statement in (stand, stood):
        texts = db.session.execute(statement, execution_options={"yield_per": BATCH})
        found |= {name for row in texts for text in row for name in IN_TEXT.findall(text)}
    return found
