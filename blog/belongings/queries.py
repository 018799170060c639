"""What somebody has here."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from blog.auth.models import Role, User
from blog.comments.models import Comment
from blog.db import db
from blog.media.models import Media
from blog.posts.models import Post


@dataclass(frozen=True)
class Belongings:
    """How much somebody has here, for a page that says what becomes of it."""

    posts: int
    """Of every state, drafts and what is in the trash included."""
    answers: int
    """What others said about these posts."""
    comments: int
    pictures: int

    @property
    def has_any(self) -> bool:
        """False for somebody who never wrote anything."""
        return bool(self.posts or self.comments or self.pictures)


def belongings_of(user: User) -> Belongings:
    """What `user` has at this moment."""
    said_by_others = Comment.author_id.is_distinct_from(user.id) & Comment.deleted_at.is_(None)
    return Belongings(
        posts=_count(select(func.count()).where(Post.author_id == user.id)),
        answers=_count(
            select(func.count())
            .select_from(Comment)
            .join(Comment.post)
            .where(Post.author_id == user.id, said_by_others)
        ),
        comments=_count(select(func.count()).where(Comment.author_id == user.id, Comment.deleted_at.is_(None))),
        pictures=_count(select(func.count()).where(Media.uploader_id == user.id)),
    )


def possible_heirs(user: User) -> list[User]:
    """Who can take over the posts of `user`: the others who may write, by what they are called."""
    found = db.session.scalars(
        select(User)
        .where(User.role != Role.READER, User.deactivated_at.is_(None), User.id != user.id)
        .order_by(User.display_name, User.id)
    )
    return list(found)


def _count(statement: Select[int]) -> int:
    return db.session.scalar(statement) or 0
