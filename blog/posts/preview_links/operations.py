"""What is done to preview links. Each operation flushes, none commits."""

from datetime import datetime, timedelta

from sqlalchemy import delete

from blog.auth.models import User
from blog.auth.policies import require
from blog.auth.sessions import digest, new_secret
from blog.db import changed_rows, db
from blog.posts import policies
from blog.posts.models import Post
from blog.posts.operations import InTrash
from blog.posts.preview_links import queries
from blog.posts.preview_links.models import LINKS_PER_POST, PreviewLink
from blog.site import audit


class TooManyLinks(Exception):
    """`LINKS_PER_POST` of the post work already."""


def create_link(post: Post, *, label: str, days: int, by: User, now: datetime) -> str:
    """The secret of a link at which anybody who has it reads the post for so many days.

    Raises `NotAllowed`, `InTrash` or `TooManyLinks`.
    """
    require(policies.can_edit(by, post))
    if post.is_trashed:
        raise InTrash
    if queries.count_links(post.id, now) >= LINKS_PER_POST:
        raise TooManyLinks
    secret = new_secret()
    db.session.add(
        PreviewLink(
            post_id=post.id,
            created_by_id=by.id,
            token_hash=digest(secret),
            label=label,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    db.session.flush()
    audit.record("preview_link_created", subject=post, link_for=label, days=days)
    return secret


def revoke_link(post: Post, link_id: int, *, by: User) -> None:
    """Take a link of the post back; one that is gone already is no error. Raises `NotAllowed`."""
    require(policies.can_edit(by, post))
    link = db.session.get(PreviewLink, link_id)
    if link and link.post_id == post.id:
        audit.record("preview_link_revoked", subject=post, link_for=link.label)
        db.session.delete(link)
        db.session.flush()


def forget_expired(now: datetime) -> int:
    """Forget the links that work no more; how many there were."""
    return changed_rows(db.session.execute(delete(PreviewLink).where(PreviewLink.expires_at <= now)))
