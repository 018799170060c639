"""What readers see of a post, and when; the trash."""

from datetime import datetime

from blog.auth.models import User
from blog.auth.policies import require
from blog.posts import policies
from blog.posts.counts import count_due, recounted
from blog.posts.linking import renew_links_to
from blog.posts.models import Post, PostStatus, Visibility
from blog.posts.operations.drafts import InTrash, NothingToPublish
from blog.posts.operations.review_mails import tell_published
from blog.posts.revisions.keeping import keep_published, keep_what_stands
from blog.site import audit
from blog.site.settings import read_settings


def publish_post(post: Post, *, by: User, at: datetime, now: datetime, session_key: str | None = None) -> None:
    """Show the post to readers from `at` on; a moment to come schedules it. Idempotent.

    Raises `NotAllowed`, `InTrash` or `NothingToPublish`.
    """
    require(policies.can_publish(by, post, read_settings()))
    publish_approved(post, by=by, at=at, now=now, session_key=session_key)


def publish_approved(post: Post, *, by: User, at: datetime, now: datetime, session_key: str | None = None) -> None:
    """As `publish_post`, of what nobody needs to approve (any more): whoever runs the site says so.

    Raises `NotAllowed`, `InTrash` or `NothingToPublish`.
    """
    require(policies.can_edit(by, post))
    if post.is_trashed:
        raise InTrash
    if not post.is_publishable:
        raise NothingToPublish
    is_new, was_in_review = post.is_draft, post.is_in_review
    keep_what_stands(post, now=now)
    count_due(now)
    with recounted(post, now):
        post.publish(at)
        post.edit_number += 1
    renew_links_to(post, now)
    keep_published(post, by=by, session_key=session_key, now=now)
    if at > now:
        audit.record("post_scheduled", subject=post, hour=at)
    else:
        audit.record("post_published", subject=post)
    if is_new and (was_in_review or by.id not in post.author_ids):
        tell_published(post, by=by, at=at, now=now)


def change_visibility(post: Post, visibility: Visibility, *, by: User, now: datetime) -> None:
    """Let others read the post, or fewer; of a published one at once. Idempotent. Raises `NotAllowed`."""
    is_published = post.status is PostStatus.PUBLISHED
    require(policies.can_publish(by, post, read_settings()) if is_published else policies.can_edit(by, post))
    if post.visibility is visibility:
        return
    require(policies.can_make_pages(by) or Visibility.PAGE not in (visibility, post.visibility))
    count_due(now)
    with recounted(post, now):
        post.visibility = visibility
        post.edit_number += 1
    renew_links_to(post, now)
    audit.record("post_visibility_changed", subject=post, readers=visibility.value)


def unpublish_post(post: Post, *, by: User, now: datetime) -> None:
    """Take the post back from readers; it is a draft again. Raises `NotAllowed`."""
    require(policies.can_edit(by, post))
    with recounted(post, now):
        post.unpublish()
        post.edit_number += 1
    renew_links_to(post, now)
    audit.record("post_unpublished", subject=post)


def trash_post(post: Post, *, by: User, now: datetime) -> None:
    """Put the post into the trash. Raises `NotAllowed`."""
    require(policies.can_trash(by, post))
    with recounted(post, now):
        post.trash(now)
        post.edit_number += 1
    renew_links_to(post, now)
    audit.record("post_trashed", subject=post)


def restore_post(post: Post, *, by: User, now: datetime) -> None:
    """Take the post out of the trash, as a draft. Raises `NotAllowed`."""
    require(policies.can_trash(by, post))
    with recounted(post, now):
        post.restore()
        post.edit_number += 1
    audit.record("post_restored", subject=post)
