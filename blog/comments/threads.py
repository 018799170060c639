"""The thread under a post, as one reader sees it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import aliased

from blog.auth.models import User
from blog.comments import policies
from blog.comments.models import Comment
from blog.db import db
from blog.posts.queries import AuthorRow, author_row

COMMENTS_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class CommentNode:
    """A comment in its thread, and what this reader may do with it."""

    id: int
    author: AuthorRow | None
    """None once its writer's account is gone, or the comment deleted."""
    html: str
    created_at: datetime
    edited_at: datetime | None
    is_deleted: bool
    is_hidden: bool
    is_post_author: bool
    depth: int
    can_edit: bool = False
    can_delete: bool = False
    can_hide: bool = False
    children: list["CommentNode"] = field(default_factory=list)

    def walk(self) -> Iterator["CommentNode"]:
        """The comment and all answers below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Thread:
    """One page of comments, oldest first, answers below what they answer."""

    roots: list[CommentNode]
    next: str | None = None
    """The cursor of the page that follows."""
    is_first: bool = True

    def find(self, comment_id: int | None) -> CommentNode | None:
        """The shown comment with this id on this page."""
        nodes = (node for root in self.roots for node in root.walk())
        return next(
            (node for node in nodes if node.id == comment_id and not node.is_deleted and not node.is_hidden), None
        )


_ANSWER = aliased(Comment)
_THREAD = (
    select(
        Comment.id, Comment.path, Comment.parent_id, Comment.body_html, Comment.created_at, Comment.edited_at,
        Comment.deleted_at, Comment.hidden_at, Comment.author_id, User.username, User.display_name, User.picture_name,
        exists().where(_ANSWER.parent_id == Comment.id).label("is_answered"),
    )
    .outerjoin(User, User.id == Comment.author_id)
    .where(Comment.post_id == bindparam("post_id"), Comment.path > bindparam("after"))
    .order_by(Comment.path)
    .limit(COMMENTS_PER_PAGE + 1)
)  # fmt: skip


def read_thread(
    post_id: int, post_author_ids: Collection[int], reader: User | None, *, after: str | None, now: datetime
) -> Thread:
    """The page of comments after the cursor `after`; what is deleted or hidden keeps its place while it has answers.

    The post's authors and editors also see the text of hidden comments.
    """
    rows = db.session.execute(_THREAD, {"post_id": post_id, "after": after or ""}).all()
    moderates = reader is not None and policies.can_hide(reader, post_author_ids)
    roots: list[CommentNode] = []
    by_path: dict[str, CommentNode] = {}
    for row in rows[:COMMENTS_PER_PAGE]:
        gone = row.deleted_at is not None or (row.hidden_at is not None and not moderates)
        if gone and not row.is_answered:
            continue
        node = _node(row, post_author_ids, reader, moderates=moderates, gone=gone, now=now)
        by_path[row.path] = node
        above = by_path.get(row.path.rpartition("/")[0])
        (above.children if above else roots).append(node)
    more = len(rows) > COMMENTS_PER_PAGE
    return Thread(roots, next=rows[COMMENTS_PER_PAGE - 1].path if more else None, is_first=not after)


def _node(
    row: Any, post_author_ids: Collection[int], reader: User | None, *, moderates: bool, gone: bool, now: datetime
) -> CommentNode:
    return CommentNode(
        id=row.id,
        author=None if gone or row.author_id is None else author_row(row),
        html="" if gone else row.body_html,
        created_at=row.created_at,
        edited_at=row.edited_at,
        is_deleted=row.deleted_at is not None,
        is_hidden=row.hidden_at is not None,
        is_post_author=not gone and row.author_id in post_author_ids,
        depth=row.path.count("/"),
        can_edit=reader is not None and policies.can_edit(reader, row, now),
        can_delete=reader is not None and policies.can_delete(reader, row),
        can_hide=moderates and row.deleted_at is None,
    )
