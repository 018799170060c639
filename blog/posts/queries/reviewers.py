"""Whom a review concerns: those who approve, those who wrote it."""

from collections.abc import Sequence

from sqlalchemy import select

from blog.auth.models import Role, User
from blog.db import db
from blog.posts.models import Post

EDITORS_TOLD = 20
"""At most, of one post."""


def editors_to_tell(*, but: int) -> Sequence[User]:
    """Editors and admins who read mail, all but one of them."""
    editors = select(User).where(User.role.in_((Role.EDITOR, Role.ADMIN)), User.id != but)
    reached = editors.where(User.email.is_not(None), User.deactivated_at.is_(None))
    return db.session.scalars(reached.order_by(User.id).limit(EDITORS_TOLD)).all()


def authors_to_tell(post: Post, *, but: int) -> Sequence[User]:
    """Those who write the post and read mail, all but one of them."""
    authors = select(User).where(User.id.in_(post.author_ids), User.id != but)
    reached = authors.where(User.email.is_not(None), User.deactivated_at.is_(None))
    return db.session.scalars(reached.order_by(User.id)).all()
