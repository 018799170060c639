"""What leaves the trash for good: when its days there are over, or because somebody wants it gone."""

from datetime import datetime

from sqlalchemy import delete, select

from blog.auth.models import User
from blog.auth.policies import require
from blog.db import db
from blog.posts import policies
from blog.posts.models import KEPT_IN_TRASH, Post, PostStatus
from blog.posts.operations.series import remove_empty_series
from blog.posts.search import remove_from_index
from blog.site import audit


def delete_post(post: Post, *, by: User) -> None:
    """Remove a post that is in the trash for good, with all that belongs to it. Raises `NotAllowed`."""
    require(policies.can_delete(by, post))
    audit.record("post_deleted", subject=post)
    _remove(post)
    remove_empty_series()


def empty_trash(*, now: datetime, limit: int) -> int:
    """Remove posts whose days in the trash are over, `limit` at most; how many there were."""
    over = db.session.scalars(
        select(Post)
        .where(Post.status == PostStatus.TRASHED, Post.trashed_at <= now - KEPT_IN_TRASH)
        .order_by(Post.trashed_at, Post.id)
        .limit(limit)
        .with_for_update()
    ).all()
    for post in over:
        audit.record("post_deleted", subject=post, reason="trash emptied")
        _remove(post)
    remove_empty_series()
    return len(over)


def _remove(post: Post) -> None:
    """Its texts, comments, old addresses and links go with the row; readers and counts have done without it before."""
    remove_from_index(post.id)
    db.session.execute(delete(Post).where(Post.id == post.id), execution_options={"synchronize_session": False})
    db.session.expunge(post)
