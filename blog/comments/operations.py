"""What is done to comments. Each operation checks the right of the one who asks on what is true now, and flushes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from blog.auth.models import User
from blog.auth.policies import require
from blog.comments import policies, queries
from blog.comments.models import DEEPEST, Comment
from blog.db import changed_rows, constraint_as, db
from blog.markdown import RENDERER_VERSION
from blog.posts import policies as post_policies
from blog.posts.models import Post
from blog.site import audit
from blog.site.settings import read_settings

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ID_WIDTH = 11


class CommentsClosed(Exception):
    """The site or the post takes no comments."""


class ParentGone(Exception):
    """The comment to be answered is not there (any more)."""


class TooLate(Exception):
    """The quarter of an hour in which a comment may be edited is over."""


class KeyUsed(Exception):
    """The form was sent before, with another text."""


class AlreadyCreated(Exception):
    """The form was sent before, with the same text: `comment` is what it made."""

    def __init__(self, comment: Comment) -> None:
        super().__init__(comment.id)
        self.comment = comment


@dataclass(frozen=True)
class Remark:
    """What was typed, and the HTML made of it before the transaction began."""

    body: str
    html: str
    creation_key: str | None = None


def create_comment(post: Post, remark: Remark, *, author: User, parent: Comment | None, now: datetime) -> Comment:
    """A comment on `post`, or an answer to `parent`.

    Raises `NotAllowed`, `CommentsClosed`, `ParentGone`, or `AlreadyCreated` or `KeyUsed` when the form was sent before.
    """
    require(policies.can_comment(author))
    _refuse_key_in_use(remark, author)
    is_open = policies.are_open(read_settings(), closed=post.comments_closed or post.is_page)
    if not is_open or not post_policies.can_read(author, post, now):
        raise CommentsClosed
    if parent and (parent.post_id != post.id or not parent.is_shown):
        raise ParentGone
    comment = Comment(
        post_id=post.id,
        author_id=author.id,
        parent_id=parent.id if parent else None,
        body=remark.body,
        body_html=remark.html,
        renderer_version=RENDERER_VERSION,
        created_at=now,
        creation_key=remark.creation_key,
    )
    try:
        with constraint_as(ParentGone()):
            db.session.add(comment)
    except ParentGone:
        _refuse_key_in_use(remark, author)  # of a form that was sent twice at the same moment
        raise
    comment.path = _path(comment, parent)
    _count(post.id, +1)
    db.session.flush()
    audit.record("comment_created", subject=comment)
    return comment


def edit_comment(comment: Comment, remark: Remark, *, by: User, now: datetime) -> None:
    """Another text for a comment. Raises `NotAllowed` or `TooLate`."""
    require(policies.could_edit(by, comment))
    if not policies.can_edit(by, comment, now):
        raise TooLate
    comment.edit(remark.body, remark.html, now)
    comment.renderer_version = RENDERER_VERSION
    db.session.flush()
    audit.record("comment_updated", subject=comment)


def delete_comment(comment: Comment, *, by: User, now: datetime) -> None:
    """Take the text away; the place stays while there are answers. Raises `NotAllowed`."""
    if comment.deleted_at is not None:
        return
    require(policies.can_delete(by, comment))
    if comment.is_shown:
        _count(comment.post_id, -1)
    comment.delete(now)
    db.session.flush()
    audit.record("comment_deleted", subject=comment)


def hide_comment(comment: Comment, *, by: User, now: datetime) -> None:
    """Keep a comment from readers. Raises `NotAllowed`."""
    require(policies.can_hide(by, comment.post.author_ids))
    if comment.is_shown:
        _count(comment.post_id, -1)
    if comment.hidden_at is None:
        audit.record("comment_hidden", subject=comment)
    comment.hide(by.id, now)
    db.session.flush()


def show_comment_again(comment: Comment, *, by: User) -> None:
    """Show a hidden comment again. Raises `NotAllowed`."""
    require(policies.can_hide(by, comment.post.author_ids))
    if comment.hidden_at is not None and comment.deleted_at is None:
        _count(comment.post_id, +1)
    if comment.hidden_at is not None:
        audit.record("comment_shown", subject=comment)
    comment.show()
    db.session.flush()


def remove_comments_of(author: User, *, now: datetime) -> int:
    """Take the text of everything away that `author` said; how much there was. The places stay for the answers."""
    shown = (
        select(Comment.post_id, func.count())
        .where(Comment.author_id == author.id, Comment.deleted_at.is_(None), Comment.hidden_at.is_(None))
        .group_by(Comment.post_id)
    )
    for post_id, count in sorted((row[0], row[1]) for row in db.session.execute(shown)):
        _count(post_id, -count)
    gone = db.session.execute(
        update(Comment)
        .where(Comment.author_id == author.id, Comment.deleted_at.is_(None))
        .values(body="", body_html="", deleted_at=now),
        execution_options={"synchronize_session": False},
    )
    db.session.expire_all()
    return changed_rows(gone)


def mark_received_seen(user: User, until: datetime) -> None:
    """The count of new comments starts again from `until`; a page that stood open for long takes nothing back."""
    user.comments_seen_at = max(until, queries.seen_until(user))
    db.session.flush()


def _refuse_key_in_use(remark: Remark, author: User) -> None:
    if remark.creation_key and (earlier := queries.comment_with_key(remark.creation_key)):
        require(earlier.author_id == author.id)
        raise AlreadyCreated(earlier) if earlier.body == remark.body else KeyUsed


def _path(comment: Comment, parent: Comment | None) -> str:
    """The ids from the root down, each as wide as any, so that sorting by the text is reading order."""
    above = parent.path.split("/")[: DEEPEST - 1] if parent else []
    return "/".join([*above, _base36(comment.id)])


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits.rjust(_ID_WIDTH, "0")


def _count(post_id: int, step: int) -> None:
    db.session.execute(update(Post).where(Post.id == post_id).values(comment_count=Post.comment_count + step))
