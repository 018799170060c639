"""Making anew the HTML of comments that an older renderer made."""

from collections.abc import Iterator

from sqlalchemy import select, update

from blog.comments.models import Comment
from blog.db import db, transaction
from blog.markdown import RENDERER_VERSION, render_comment


def outdated_comments() -> list[int]:
    """The ids of the comments that an older renderer made; deleted ones have no text."""
    return list(
        db.session.scalars(
            select(Comment.id)
            .where(Comment.renderer_version < RENDERER_VERSION, Comment.deleted_at.is_(None))
            .order_by(Comment.id)
        )
    )


def render_comments(ids: list[int]) -> Iterator[int]:
    """Render comments anew, each in a transaction of its own; yields their ids as they are done."""
    for comment_id in ids:
        body = db.session.scalar(select(Comment.body).where(Comment.id == comment_id))
        html = render_comment(body or "").html
        with transaction():
            # One that was edited or deleted meanwhile was rendered then.
            db.session.execute(
                update(Comment)
                .where(Comment.id == comment_id, Comment.body == body, Comment.deleted_at.is_(None))
                .values(body_html=html, renderer_version=RENDERER_VERSION)
            )
        yield comment_id
