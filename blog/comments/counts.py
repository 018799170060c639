"""The kept counts of comments, compared with the comments and made anew."""

from sqlalchemy import func, select, update

from blog.comments.models import Comment
from blog.db import db
from blog.posts.counts import WrongCount
from blog.posts.models import Post

_SHOWN = (
    select(func.count())
    .where(Comment.post_id == Post.id, Comment.deleted_at.is_(None), Comment.hidden_at.is_(None))
    .correlate(Post)
    .scalar_subquery()
)


def wrong_comment_counts() -> list[WrongCount]:
    """The posts whose kept count of comments is not what counting gives."""
    rows = db.session.execute(select(Post.slug, Post.comment_count, _SHOWN.label("counted")))
    return [
        WrongCount(f"comments on {row.slug}", row.comment_count, row.counted)
        for row in rows
        if row.comment_count != row.counted
    ]


def recount_comments() -> None:
    """Make every count of comments anew."""
    db.session.execute(update(Post).values(comment_count=_SHOWN), execution_options={"synchronize_session": False})
    db.session.expire_all()
