"""Reading revisions. Whoever may work on a post may read all of its revisions, and nobody else any."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import defer, joinedload

from blog.auth.models import User
from blog.db import db
from blog.media.models import Media
from blog.posts.models import Post, Tag, post_tags
from blog.posts.queries import co_author_names, editable_by, series_of
from blog.posts.revisions.models import HELD, LINE, Revision, RevisionKind
from blog.posts.revisions.texts import Text
from blog.web.pagination import Cursor, Page, Slice, page_of, sliced

CHOICES = 20


def text_of(post: Post) -> Text:
    """What the post says now."""
    tagged = select(Tag.name).join(post_tags, post_tags.c.tag_id == Tag.id).where(post_tags.c.post_id == post.id)
    tags = tuple(db.session.scalars(tagged.order_by(Tag.name)))
    series, number = series_of(post.id)
    names = co_author_names(post.id)
    picture = db.session.scalar(select(Media.name).where(Media.id == post.picture_id)) if post.picture_id else None
    return Text.of(post, tags=tags, series=series, series_number=number, co_authors=names, picture=picture or "")


def last_in_line(post_id: int, *, before: int | None = None) -> Revision | None:
    """The revision that holds what is worked on; or the one before the one with this number."""
    earlier = Revision.number < before if before is not None else Revision.number > 0
    return db.session.scalar(
        select(Revision)
        .where(Revision.post_id == post_id, Revision.kind.in_(LINE), earlier)
        .order_by(Revision.number.desc())
        .limit(1)
    )


def pending_of(post_id: int) -> Revision | None:
    """The change of a published post that readers do not see yet, with who made it."""
    last = select(func.max(Revision.number)).where(Revision.post_id == post_id, Revision.kind.in_(LINE))
    return db.session.scalar(
        select(Revision)
        .where(
            Revision.post_id == post_id,
            Revision.kind == RevisionKind.PENDING,
            Revision.number == last.scalar_subquery(),
        )
        .options(joinedload(Revision.author))
    )


def posts_pending(ids: Collection[int]) -> set[int]:
    """Those of the posts that have a change which readers do not see yet."""
    last = (
        select(Revision.post_id, func.max(Revision.number).label("number"))
        .where(Revision.post_id.in_(list(ids)), Revision.kind.in_(LINE))
        .group_by(Revision.post_id)
        .subquery()
    )
    found = (
        select(Revision.post_id)
        .join(last, (last.c.post_id == Revision.post_id) & (last.c.number == Revision.number))
        .where(Revision.kind == RevisionKind.PENDING)
    )
    return set(db.session.scalars(found))


def last_held(post_id: int) -> Revision | None:
    """The revision that holds what stands in the post."""
    return db.session.scalar(
        select(Revision)
        .where(Revision.post_id == post_id, Revision.kind.in_(HELD))
        .order_by(Revision.number.desc())
        .limit(1)
    )


def text_at(post_id: int, edit_number: int) -> Text | None:
    """What was worked on when the post had this edit number; None if it was written over since."""
    revision = db.session.scalar(
        select(Revision)
        .where(Revision.post_id == post_id, Revision.kind.in_(LINE), Revision.first_edit <= edit_number)
        .order_by(Revision.number.desc())
        .limit(1)
    )
    return revision.text if revision and revision.last_edit <= edit_number else None


def last_aside(post_id: int, session_key: str) -> Revision | None:
    """What was last set aside for an opened editor."""
    return db.session.scalar(
        select(Revision)
        .where(Revision.post_id == post_id, Revision.kind == RevisionKind.ASIDE, Revision.session_key == session_key)
        .order_by(Revision.number.desc())
        .limit(1)
    )


def last_number(post_id: int) -> int:
    """The number of a post's newest revision; 0 if it has none."""
    return db.session.scalar(select(func.max(Revision.number)).where(Revision.post_id == post_id)) or 0


def find_revision(post_id: int, number: int, user: User) -> Revision | None:
    """A revision with its author, if `user` may work on the post."""
    return db.session.scalar(
        select(Revision)
        .join(Post, Post.id == Revision.post_id)
        .where(Revision.post_id == post_id, Revision.number == number, editable_by(user))
        .options(joinedload(Revision.author))
    )


def posts_not_kept() -> list[int]:
    """The ids of posts that say something else than their last revision, which something else than the blog wrote."""
    last = (
        select(Revision.post_id, func.max(Revision.number).label("number"))
        .where(Revision.kind.in_(HELD))
        .group_by(Revision.post_id)
        .subquery()
    )
    kept = (Revision.title == Post.title) & (Revision.body == Post.body) & (Revision.excerpt == Post.excerpt)
    found = db.session.scalars(
        select(Post.id)
        .join(Revision, Revision.post_id == Post.id)
        .join(last, (last.c.post_id == Revision.post_id) & (last.c.number == Revision.number))
        .where(~kept)
        .order_by(Post.id)
    )
    return list(found)


def numbers_around(post_id: int, number: int) -> list[int]:
    """The numbers of the revisions next to this one, highest first, for a list to choose from."""
    sides = [
        select(Revision.number).where(Revision.post_id == post_id, side).order_by(order).limit(CHOICES)
        for side, order in (
            (Revision.number > number, Revision.number),
            (Revision.number < number, Revision.number.desc()),
        )
    ]
    return sorted((one for side in sides for one in db.session.scalars(side)), reverse=True)


def revisions_of(post_id: int, wanted: Slice) -> Page[Revision]:
    """The revisions of a post, newest first, without their texts."""
    statement = (
        select(Revision)
        .where(Revision.post_id == post_id)
        .options(joinedload(Revision.author), defer(Revision.body, raiseload=True))
    )
    found = db.session.scalars(sliced(statement, wanted, Revision.created_at, Revision.id)).all()
    return page_of(found, wanted, [Cursor(one.created_at, one.id) for one in found])
