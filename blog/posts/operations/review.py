"""An author hands a post to the editors, who publish it or send it back with a note."""

from datetime import datetime

from blog.auth.models import User
from blog.auth.policies import require
from blog.posts import policies
from blog.posts.models import Post, PostStatus
from blog.posts.notes.models import PostNote
from blog.posts.notes.operations import add_note
from blog.posts.operations.drafts import NotADraft, NothingToPublish, NotInReview
from blog.posts.operations.publishing import publish_post
from blog.posts.operations.review_mails import tell_sent_back, tell_submitted
from blog.site import audit


def submit_post(post: Post, *, by: User, now: datetime) -> None:
    """Hand a draft to the editors, who are told. Idempotent.

    Raises `NotAllowed`, `NotADraft`, or `NothingToPublish` if it has no title or no text.
    """
    require(policies.can_submit(by, post))
    if not post.is_draft:
        raise NotADraft
    if post.is_in_review:
        return
    if not post.is_publishable:
        raise NothingToPublish
    post.submit(now)
    post.edit_number += 1
    audit.record("post_submitted", subject=post)
    tell_submitted(post, by=by, now=now)


def withdraw_post(post: Post, *, by: User) -> None:
    """Take the post back from the editors; it is a draft again. Idempotent. Raises `NotAllowed` or `NotInReview`."""
    require(policies.can_edit(by, post))
    if not post.is_draft:
        raise NotInReview
    if post.is_in_review:
        post.withdraw()
        post.edit_number += 1
        audit.record("post_withdrawn", subject=post)


def send_back_post(post: Post, note: str, *, by: User, now: datetime) -> PostNote:
    """Make it a draft again, with a note on what is to be done; its authors are told. Raises `NotAllowed`.

    The note is kept in any case; raises `NotInReview`, after that, if somebody else was faster.
    """
    require(policies.can_review(by) and policies.can_edit(by, post))
    kept = add_note(post, note, by=by, now=now)
    if not post.is_in_review:
        raise NotInReview
    kept.sends_back = True
    post.withdraw()
    post.edit_number += 1
    audit.record("post_sent_back", subject=post)
    tell_sent_back(post, kept, by=by)
    return kept


def approve_post(post: Post, *, by: User, at: datetime, now: datetime, session_key: str | None = None) -> None:
    """Publish what is in review, as `publish_post` does; what is published already stays as it is.

    Raises `NotAllowed`, `NothingToPublish`, or `NotInReview` if somebody sent it back meanwhile.
    """
    require(policies.can_review(by) and policies.can_edit(by, post))
    if post.status is PostStatus.PUBLISHED:
        return
    if not post.is_in_review:
        raise NotInReview
    publish_post(post, by=by, at=at, now=now, session_key=session_key)
