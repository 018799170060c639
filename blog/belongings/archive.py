"""Everything of one person as a zip archive: JSON, their posts as Markdown, their pictures.

It is put together in a file without a name in the instance folder, which is gone when it is closed or the process
ends: however much somebody has, only a few of their texts are in memory at a time, and whoever downloads slowly holds
no connection to the database.
"""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from blog.auth.factors.models import Authenticator, Passkey
from blog.auth.invitations.models import Invitation
from blog.auth.models import KnownDevice, User, UserSession
from blog.belongings.making import only_archive
from blog.comments.models import Comment
from blog.db import db
from blog.media.models import Media
from blog.media.storage import Storage
from blog.posts.models import CoAuthor, Post
from blog.posts.notes.models import PostNote
from blog.posts.preview_links.models import PreviewLink
from blog.posts.queries import readable_by, written_by
from blog.posts.revisions.models import Revision
from blog.site.models import AuditEvent

BATCH = 100
README = """\
What is here belongs to {name}, as it was on {site} at {at}.

account.json      the account: names, e-mail address, role, profile
sessions.json     where it was signed in
second-factors.json  what else it signs in with, not the secrets of it
invitations.json  who was invited by it
notes.json        what it noted on posts, for those who edit them
preview-links.json  the preview links of posts that it gave out, not their secrets
comments.json     what it said, with the address of the post
activity.json     what the audit log has of it
posts/            the posts in Markdown, also those written with others, each with its particulars at the top
revisions.json    what was saved before: of these posts by anybody, of the posts of others by this account
pictures.json     the pictures; those of the profile and of posts are in media/

There is no password in it, and nothing by which anybody could sign in.
"""


def make_archive(user: User, *, instance: Path, folder: Storage, site_url: str, now: datetime) -> IO[bytes]:
    """A file that holds everything of `user`, to be closed by its reader.

    Raises `BeingMade` while another one of theirs is put together, and `OSError` on a full disk.
    """
    instance.mkdir(parents=True, exist_ok=True)
    with only_archive(instance, of=user.id):
        return _made(user, instance, folder, site_url, now)


def _made(user: User, instance: Path, folder: Storage, site_url: str, now: datetime) -> IO[bytes]:
    file = tempfile.TemporaryFile(dir=instance)  # noqa: SIM115  whoever answers with it closes it
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            _fill(archive, user, folder, site_url, now)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _fill(archive: zipfile.ZipFile, user: User, folder: Storage, site_url: str, now: datetime) -> None:
    archive.writestr("README.txt", README.format(name=user.username, site=site_url, at=_moment(now)))
    _put(archive, "account.json", [_account(user)])
    _put(archive, "sessions.json", _sessions(user))
    _put(archive, "second-factors.json", _factors(user))
    _put(archive, "invitations.json", _invitations(user))
    _put(archive, "notes.json", _notes(user))
    _put(archive, "preview-links.json", _preview_links(user))
    _put(archive, "comments.json", _comments(user, site_url, now))
    _put(archive, "activity.json", _activity(user))
    for post in _posts(user):
        archive.writestr(f"posts/{post.id}-{post.slug}.md", _markdown(post))
    _put(archive, "revisions.json", _revisions(user))
    _put(archive, "pictures.json", _pictures(user))
    for name in _picture_names(user):
        entry = zipfile.ZipInfo(f"media/{name}", now.timetuple()[:6])
        with (
            suppress(FileNotFoundError),
            folder.open(name) as source,
            archive.open(entry, "w", force_zip64=True) as target,
        ):
            shutil.copyfileobj(source, target)


def _put(archive: zipfile.ZipFile, name: str, things: Iterable[dict[str, Any]]) -> None:
    """A JSON list, written one thing after the other."""
    with archive.open(name, "w", force_zip64=True) as member:
        separator = b"["
        for thing in things:
            member.write(separator + b"\n" + json.dumps(thing, ensure_ascii=False, default=_plain).encode())
            separator = b","
        member.write(b"[]\n" if separator == b"[" else b"\n]\n")


def _account(user: User) -> dict[str, Any]:
    return {
        "username": user.username,
        "display_name": user.display_name,
        "email": user.email,
        "unconfirmed_email": user.unverified_email,
        "role": user.role.value,
        "bio": user.bio,
        "links": user.links,
        "picture": user.picture_name,
        "time_zone": user.time_zone,
        "created_at": user.created_at,
        "last_seen_at": user.last_seen_at,
        "deactivated_at": user.deactivated_at,
    }


def _sessions(user: User) -> Iterator[dict[str, Any]]:
    found = db.session.execute(
        select(UserSession.user_agent, UserSession.created_at, UserSession.last_seen_at, UserSession.expires_at)
        .where(UserSession.user_id == user.id)
        .order_by(UserSession.id)
    )
    yield from (dict(row) for row in found.mappings())
    known = select(KnownDevice.last_used_at).where(KnownDevice.user_id == user.id).order_by(KnownDevice.id)
    yield from ({"known_browser_used_at": moment} for moment in db.session.scalars(known))


def _factors(user: User) -> Iterator[dict[str, Any]]:
    """Which there are and since when; nothing of what they prove with."""
    app = select(Authenticator.created_at).where(Authenticator.user_id == user.id)
    yield from ({"kind": "app", "created_at": moment} for moment in db.session.scalars(app))
    keys = (
        select(Passkey.name, Passkey.created_at, Passkey.last_used_at)
        .where(Passkey.user_id == user.id)
        .order_by(Passkey.id)
    )
    yield from ({"kind": "passkey", **row} for row in db.session.execute(keys).mappings())


def _invitations(user: User) -> Iterator[dict[str, Any]]:
    found = db.session.execute(
        select(Invitation.email, Invitation.role, Invitation.created_at, Invitation.expires_at)
        .where(Invitation.invited_by_id == user.id)
        .order_by(Invitation.id)
    )
    yield from (dict(row) for row in found.mappings())


def _notes(user: User) -> Iterator[dict[str, Any]]:
    found = db.session.execute(
        select(PostNote.post_id, PostNote.body, PostNote.created_at)
        .where(PostNote.author_id == user.id)
        .order_by(PostNote.id)
    )
    yield from (dict(row) for row in found.mappings())


def _preview_links(user: User) -> Iterator[dict[str, Any]]:
    found = db.session.execute(
        select(PreviewLink.post_id, PreviewLink.label, PreviewLink.created_at, PreviewLink.expires_at)
        .where(PreviewLink.created_by_id == user.id)
        .order_by(PreviewLink.id)
    )
    yield from (dict(row) for row in found.mappings())


def _comments(user: User, site_url: str, now: datetime) -> Iterator[dict[str, Any]]:
    found = db.session.execute(
        select(
            Comment.id, Post.slug, Comment.parent_id, Comment.body, Comment.created_at, Comment.edited_at,
            Comment.deleted_at, Comment.hidden_at, readable_by(user, now).label("is_readable"),
        )
        .join(Comment.post)
        .where(Comment.author_id == user.id)
        .order_by(Comment.id),
        execution_options={"yield_per": BATCH},
    )  # fmt: skip
    for row in found.mappings():
        said = dict(row)
        slug, is_readable = said.pop("slug"), said.pop("is_readable")
        yield {
            "post": f"{site_url}/posts/{slug}" if is_readable else None,
            "in_answer_to": said.pop("parent_id"),
            **said,
        }


def _activity(user: User) -> Iterator[dict[str, Any]]:
    """What the audit log has: what they did, and what was done to the account, but not who did it and from where."""
    theirs = AuditEvent.actor_id == user.id
    about = (AuditEvent.subject_kind == "user") & (AuditEvent.subject_id == user.id)
    found = db.session.scalars(
        select(AuditEvent).where(theirs | about, AuditEvent.at >= user.created_at).order_by(AuditEvent.id),
        execution_options={"yield_per": BATCH},
    )
    for event in found:
        did_it = event.actor_id == user.id
        yield {
            "at": event.at,
            "event": event.event,
            "about": event.subject_label,
            "by": "you" if did_it else "somebody else",
            "address": event.address if did_it else None,
            "details": event.details if did_it else {},
        }


def _posts(user: User) -> Iterator[Post]:
    last = 0
    while True:
        found = db.session.scalars(
            select(Post)
            .where(written_by(user.id), Post.id > last)
            .options(
                selectinload(Post.tags),
                selectinload(Post.picture),
                selectinload(Post.part),
                selectinload(Post.author),
                selectinload(Post.co_authors).selectinload(CoAuthor.user),
                selectinload(Post.old_slugs),
            )
            .order_by(Post.id)
            .limit(BATCH)
        ).all()
        for post in found:
            last = post.id
            yield post
            db.session.expunge(post)
        if len(found) < BATCH:
            return


def _markdown(post: Post) -> str:
    particulars = {
        "title": post.title,
        "slug": post.slug,
        "date": post.published_at,
        "updated": post.updated_at,
        "created": post.created_at,
        "status": post.status.value,
        "visibility": post.visibility.value,
        "draft": post.status.value != "published",
        "excerpt": post.excerpt,
        "tags": [tag.name for tag in post.tags],
        "author": post.author.username,
        "other_authors": [one.user.username for one in post.co_authors],
        "series": post.part.series.name if post.part else None,
        "series_number": post.part.number if post.part else None,
        "picture": post.picture.name if post.picture else None,
        "picture_caption": post.picture_caption,
        "canonical_url": post.canonical_url,
        "search_title": post.search_title,
        "search_description": post.search_description,
        "comments_closed": post.comments_closed,
        "pinned": post.pinned_at,
        "old_slugs": [old.slug for old in post.old_slugs],
    }
    head = yaml.safe_dump(particulars, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{head}---\n\n{post.body.rstrip()}\n"


def _revisions(user: User) -> Iterator[dict[str, Any]]:
    found = db.session.scalars(
        select(Revision)
        .join(Post, Post.id == Revision.post_id)
        .where((Revision.author_id == user.id) | (Post.author_id == user.id))
        .order_by(Revision.post_id, Revision.number),
        execution_options={"yield_per": BATCH},
    )
    for one in found:
        yield {
            "post": one.post_id,
            "number": one.number,
            "kind": one.kind.value,
            "by": "you" if one.author_id == user.id else "somebody else" if one.author_id else None,
            "title": one.title,
            "body": one.body,
            "excerpt": one.excerpt,
            "tags": one.tags,
            "slug": one.slug,
            "other_authors": one.co_authors,
            "series": one.series or None,
            "series_number": one.series_number,
            "begun_at": one.created_at,
            "saved_at": one.updated_at,
        }
        db.session.expunge(one)


def _pictures(user: User) -> Iterator[dict[str, Any]]:
    found = db.session.execute(
        select(
            Media.name, Media.original_name, Media.alt, Media.caption, Media.mime, Media.width, Media.height,
            Media.byte_size, Media.created_at,
        )
        .where(Media.uploader_id == user.id)
        .order_by(Media.id)
    )  # fmt: skip
    yield from (dict(row) for row in found.mappings())


def _picture_names(user: User) -> list[str]:
    """The pictures that they brought, and those that lead their posts."""
    brought = set(db.session.scalars(select(Media.name).where(Media.uploader_id == user.id)))
    leading = select(Media.name).join(Post, Post.picture_id == Media.id).where(Post.author_id == user.id)
    own = {user.picture_name} if user.picture_name else set()
    return sorted(brought | set(db.session.scalars(leading)) | own)


def _plain(value: object) -> str:
    return _moment(value) if isinstance(value, datetime) else str(value)


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
