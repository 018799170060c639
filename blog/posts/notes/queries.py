"""Finding notes, and counting them."""

from collections import Counter
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from blog.db import db
from blog.posts.models import Post, PostStatus
from blog.posts.notes.models import PostNote


def notes_on(post_id: int) -> list[PostNote]:
    """The notes on a post, in the order in which they were written, with their writers."""
    notes = select(PostNote).where(PostNote.post_id == post_id).options(joinedload(PostNote.author))
    return list(db.session.scalars(notes.order_by(PostNote.id)))


def why_sent_back(post: Post) -> PostNote | None:
    """The note with which the draft came back from its last review, with its writer; None if it did not."""
    if post.submitted_at is None or post.status is not PostStatus.DRAFT:
        return None
    since = (PostNote.post_id == post.id, PostNote.sends_back.is_(True), PostNote.created_at >= post.submitted_at)
    newest = select(PostNote).where(*since).order_by(PostNote.id.desc()).limit(1)
    return db.session.scalar(newest.options(joinedload(PostNote.author)))


def count_notes(post_ids: Collection[int]) -> Counter[int]:
    """How many notes posts have."""
    if not post_ids:
        return Counter()
    counted = select(PostNote.post_id, func.count()).where(PostNote.post_id.in_(post_ids)).group_by(PostNote.post_id)
    return Counter({row[0]: row[1] for row in db.session.execute(counted)})
