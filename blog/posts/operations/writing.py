"""Saving what was typed: into a post, beside it, or back out of a revision."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from blog.auth.models import User
from blog.auth.policies import require
from blog.db import constraint_as, db
from blog.markdown import Document
from blog.posts import policies, queries
from blog.posts.counts import recounted
from blog.posts.linking import keep_links, renew_links_to
from blog.posts.models import EXCERPT_LENGTH, Post, PostStatus, Visibility
from blog.posts.operations.drafts import AlreadyCreated, Draft, EditedSince, SlugTaken
from blog.posts.operations.storing import fill, follow, keep_address, note_pictures, store, tags_named
from blog.posts.revisions.keeping import keep_aside, keep_published, keep_text, keep_what_stands
from blog.posts.revisions.models import Revision, RevisionKind
from blog.posts.revisions.queries import last_held, pending_of, text_of
from blog.posts.search import index_post
from blog.site import audit
from blog.site.queries import next_id
from blog.site.settings import read_settings


def create_post(
    author: User,
    draft: Draft,
    *,
    creation_key: str | None,
    now: datetime,
    session_key: str | None = None,
    visibility: Visibility = Visibility.PUBLIC,
) -> Post:
    """A new draft. Raises `NotAllowed`, `SlugTaken`, or `AlreadyCreated` when the form was sent before.

    `session_key` is of the opened editor, in whose revision the text is kept.
    """
    require(policies.can_write(author))
    require(visibility is not Visibility.PAGE or policies.can_make_pages(author))
    tags = tags_named(draft.text.tags)
    post = Post(id=next_id(Post, "post"), author_id=author.id, created_at=now, creation_key=creation_key)
    post.title, post.slug, post.edit_number, post.visibility = "", "", 0, visibility
    try:
        with constraint_as(SlugTaken()):
            fill(post, draft, tags, now)
            db.session.add(post)
    except SlugTaken:
        if creation_key and (earlier := db.session.scalar(select(Post).where(Post.creation_key == creation_key))):
            raise AlreadyCreated(earlier) from None
        raise
    follow(post, draft, now)
    keep_text(post, text_of(post), RevisionKind.WORK, by=author, session_key=session_key, words=post.words, now=now)
    audit.record("post_created", subject=post)
    return post


def save_post(
    post: Post,
    draft: Draft,
    *,
    by: User,
    edit_number: int,
    now: datetime,
    session_key: str | None = None,
    goes_on: bool = False,
) -> None:
    """Put what was typed into the post; a form that is sent twice is saved once. What stood there is kept.

    An editor that `goes_on` saves by itself: the audit log is told once for each revision.

    Raises `NotAllowed`, `EditedSince` or `SlugTaken`.
    """
    is_published = post.status is PostStatus.PUBLISHED
    require(policies.can_publish(by, post, read_settings()) if is_published else policies.can_edit(by, post))
    save_approved(post, draft, by=by, edit_number=edit_number, now=now, session_key=session_key, goes_on=goes_on)


def save_approved(
    post: Post,
    draft: Draft,
    *,
    by: User,
    edit_number: int,
    now: datetime,
    session_key: str | None = None,
    goes_on: bool = False,
) -> None:
    """As `save_post`, of what readers may see without an editor's word: whoever runs the site says so.

    Raises `NotAllowed`, `EditedSince` or `SlugTaken`.
    """
    require(policies.can_edit(by, post))
    if post.edit_number != edit_number:
        if text_of(post).says(draft.text_at(post.slug)):
            return
        raise EditedSince
    _require_authors(post, draft, by)
    keep_what_stands(post, now=now)
    authors = set(post.author_ids)
    was, was_live, tags = post.slug, post.is_live(now), tags_named(draft.text.tags)
    is_renamed = was_live and post.title != draft.text.title
    with recounted(post, now), constraint_as(SlugTaken()):
        fill(post, draft, tags, now)
        if was_live:
            keep_address(post, was)
    follow(post, draft, now)
    if is_renamed or (was_live and post.slug != was):
        renew_links_to(post, now)
    if post.status is PostStatus.PUBLISHED:
        keep_published(post, by=by, session_key=session_key, now=now)
    else:
        kept = keep_text(
            post, text_of(post), RevisionKind.WORK, by=by, session_key=session_key, words=post.words, now=now
        )
        goes_on = goes_on and kept.first_edit < post.edit_number
    if set(post.author_ids) != authors:
        audit.record("post_authors_changed", subject=post, authors=", ".join(queries.co_author_names(post.id)))
    if not goes_on:
        audit.record("post_updated", subject=post, old_address=was if post.slug != was else None)


def save_pending(
    post: Post, draft: Draft, *, by: User, edit_number: int, now: datetime, session_key: str | None = None
) -> None:
    """Keep what was typed as a change of the post that readers do not see yet.

    Raises `NotAllowed`, `EditedSince` or `SlugTaken`.
    """
    require(policies.can_edit(by, post))
    if post.edit_number != edit_number:
        raise EditedSince
    _require_authors(post, draft, by)
    text, pending = draft.text_at(post.slug), pending_of(post.id)
    if text.slug != post.slug and text.slug in queries.taken_slugs(text.slug, but=post.id):
        raise SlugTaken
    if (pending.text if pending else text_of(post)).says(text):
        return
    keep_what_stands(post, now=now)
    post.edit_number += 1
    words = draft.document.words
    keep_text(post, text, RevisionKind.PENDING, by=by, session_key=session_key, words=words, now=now)
    note_pictures(post)


def set_aside(
    post: Post, draft: Draft, *, by: User, edit_number: int, now: datetime, session_key: str | None = None
) -> Revision:
    """Keep what was typed, on top of what the post said at `edit_number`, beside the post. Raises `NotAllowed`."""
    require(policies.can_edit(by, post))
    keep_what_stands(post, now=now)
    words = draft.document.words
    return keep_aside(
        post, draft.text_at(post.slug), by=by, session_key=session_key, words=words, edit_number=edit_number, now=now
    )


def restore_revision(post: Post, revision: Revision, document: Document, *, by: User, now: datetime) -> None:
    """Bring back what a revision says; `document` is rendered from it. The address and the authors stay.

    Readers see nothing of it yet: of a published post it becomes a change to be published. Raises `NotAllowed`.
    """
    require(policies.can_edit(by, post))
    keep_what_stands(post, now=now)
    old = replace(revision.text, slug=post.slug, co_authors=queries.co_author_names(post.id))
    if post.status is PostStatus.PUBLISHED:
        kind, text = RevisionKind.PENDING, old
        post.edit_number += 1
    else:
        draft = Draft(old, document)
        fill(post, draft, tags_named(old.tags), now)
        db.session.flush()
        follow(post, draft, now)
        kind, text = RevisionKind.RESTORE, text_of(post)
    keep_text(post, text, kind, by=by, session_key=None, words=document.words, now=now, restored_from=revision.number)
    note_pictures(post)
    audit.record("revision_restored", subject=post, revision=revision.number)


def discard_pending(post: Post, *, by: User, now: datetime) -> None:
    """Give up the change that readers do not see yet; it stays among the revisions. Raises `NotAllowed`."""
    require(policies.can_edit(by, post))
    if pending_of(post.id):
        post.edit_number += 1
        keep_text(post, text_of(post), RevisionKind.DISCARD, by=by, session_key=None, words=post.words, now=now)
        note_pictures(post)


def set_lead_picture(post: Post, picture_id: int | None, caption: str = "") -> None:
    """Show a picture above the text and in lists, or none: with the text that was just saved, in its revision."""
    last, before = last_held(post.id), text_of(post)
    post.picture_id, post.picture_caption = picture_id, caption[:EXCERPT_LENGTH]
    db.session.flush()
    if last and last.text.says(before):
        last.text = text_of(post)
        db.session.flush()


def render_again(post: Post, document: Document, now: datetime) -> None:
    """Store what today's renderer makes of the text; nobody edited it."""
    store(post, document)
    keep_links(post, document, now)
    index_post(post, document.text)
    note_pictures(post)


def _require_authors(post: Post, draft: Draft, by: User) -> None:
    """Raise `NotAllowed` if somebody else than its first author or an editor would choose who writes the post."""
    if policies.can_choose_authors(by, post):
        return
    pending = pending_of(post.id)
    known = [queries.co_author_names(post.id), *([pending.text.co_authors] if pending else [])]
    require(draft.text.co_authors in known)
