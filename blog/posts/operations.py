"""What is done to posts. Each operation checks the right of the one who asks on what is true now, and flushes."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, select, update

from blog.auth.models import User
from blog.auth.policies import require
from blog.db import changed_rows, constraint_as, db
from blog.markdown import RENDERER_VERSION, Document
from blog.posts import pictures, policies, queries
from blog.posts.counts import count_due, recounted, uncount_posts_of
from blog.posts.linking import keep_links, renew_links_to, renew_links_to_posts_of
from blog.posts.models import EXCERPT_LENGTH, OldSlug, Post, PostStatus, StoredHeading, Tag
from blog.posts.revisions.keeping import keep_aside, keep_published, keep_text, keep_what_stands
from blog.posts.revisions.models import Revision, RevisionKind
from blog.posts.revisions.queries import pending_of, text_of
from blog.posts.revisions.texts import Text
from blog.posts.search import index_post, remove_posts_from_index
from blog.posts.text import slugify, with_number
from blog.site import audit


class SlugTaken(Exception):
    """Another post has this address, or had it once."""


class EditedSince(Exception):
    """Somebody saved the post after this editor was opened."""


class AlreadyCreated(Exception):
    """The form was sent before: `post` is what it made."""

    def __init__(self, post: Post) -> None:
        super().__init__(post.id)
        self.post = post


class NothingToPublish(Exception):
    """The post has no title or no text."""


@dataclass(frozen=True)
class Draft:
    """What an author typed, and the document rendered from it before the transaction began."""

    title: str
    body: str
    document: Document
    tags: list[str]
    slug: str = ""
    """As typed; empty for one made of the title."""
    excerpt: str = ""
    comments_closed: bool = False
    language: str | None = None

    def text(self, slug: str) -> Text:
        """What a reader would read; `slug` is the one that the post has if none was typed."""
        return Text(
            title=self.title,
            body=self.body,
            excerpt=self.excerpt,
            tags=tuple(self.tags),
            slug=slugify(self.slug, default="") or slug,
            comments_closed=self.comments_closed,
            language=self.language,
        )


def create_post(
    author: User, draft: Draft, *, creation_key: str | None, now: datetime, session_key: str | None = None
) -> Post:
    """A new draft. Raises `NotAllowed`, `SlugTaken`, or `AlreadyCreated` when the form was sent before.

    `session_key` is of the opened editor, in whose revision the text is kept.
    """
    require(policies.can_write(author))
    tags = tags_named(draft.tags)
    post = Post(author_id=author.id, created_at=now, creation_key=creation_key, title="", slug="", edit_number=0)
    try:
        with constraint_as(SlugTaken()):
            _fill(post, draft, tags, now)
            db.session.add(post)
    except SlugTaken:
        if creation_key and (earlier := db.session.scalar(select(Post).where(Post.creation_key == creation_key))):
            raise AlreadyCreated(earlier) from None
        raise
    _follow(post, draft.document, now)
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
    require(policies.can_edit(by, post))
    if post.edit_number != edit_number:
        if _says(post, draft):
            return
        raise EditedSince
    keep_what_stands(post, now=now)
    was, was_live, tags = post.slug, post.is_live(now), tags_named(draft.tags)
    is_renamed = was_live and post.title != draft.title
    with recounted(post, now), constraint_as(SlugTaken()):
        _fill(post, draft, tags, now)
        if was_live:
            _keep_address(post, was)
    _follow(post, draft.document, now)
    if is_renamed or (was_live and post.slug != was):
        renew_links_to(post, now)
    if post.status is PostStatus.PUBLISHED:
        keep_published(post, by=by, session_key=session_key, now=now)
    else:
        kept = keep_text(
            post, text_of(post), RevisionKind.WORK, by=by, session_key=session_key, words=post.words, now=now
        )
        goes_on = goes_on and kept.first_edit < post.edit_number
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
    text, pending = draft.text(post.slug), pending_of(post.id)
    if text.slug != post.slug and text.slug in queries.taken_slugs(text.slug, but=post.id):
        raise SlugTaken
    if (pending.text if pending else text_of(post)).says(text):
        return
    keep_what_stands(post, now=now)
    post.edit_number += 1
    words = draft.document.words
    keep_text(post, text, RevisionKind.PENDING, by=by, session_key=session_key, words=words, now=now)
    _note_pictures(post)


def set_aside(
    post: Post, draft: Draft, *, by: User, edit_number: int, now: datetime, session_key: str | None = None
) -> Revision:
    """Keep what was typed, on top of what the post said at `edit_number`, beside the post. Raises `NotAllowed`."""
    require(policies.can_edit(by, post))
    keep_what_stands(post, now=now)
    words = draft.document.words
    return keep_aside(
        post, draft.text(post.slug), by=by, session_key=session_key, words=words, edit_number=edit_number, now=now
    )


def publish_post(post: Post, *, by: User, at: datetime, now: datetime, session_key: str | None = None) -> None:
    """Show the post to readers from `at` on; a moment to come schedules it. Idempotent.

    Raises `NotAllowed` or `NothingToPublish`.
    """
    require(policies.can_publish(by, post))
    if not post.title.strip() or not post.body.strip():
        raise NothingToPublish
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


def unpublish_post(post: Post, *, by: User, now: datetime) -> None:
    """Take the post back from readers; it is a draft again. Raises `NotAllowed`."""
    require(policies.can_publish(by, post))
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


def restore_revision(post: Post, revision: Revision, document: Document, *, by: User, now: datetime) -> None:
    """Bring back what a revision says; `document` is rendered from it. The address stays.

    Readers see nothing of it yet: of a published post it becomes a change to be published. Raises `NotAllowed`.
    """
    require(policies.can_edit(by, post))
    keep_what_stands(post, now=now)
    if post.status is PostStatus.PUBLISHED:
        kind, text = RevisionKind.PENDING, replace(revision.text, slug=post.slug)
        post.edit_number += 1
    else:
        old = revision.text
        draft = Draft(
            old.title, old.body, document, list(old.tags), post.slug, old.excerpt, old.comments_closed, old.language
        )
        _fill(post, draft, tags_named(draft.tags), now)
        db.session.flush()
        _follow(post, document, now)
        kind, text = RevisionKind.RESTORE, text_of(post)
    keep_text(post, text, kind, by=by, session_key=None, words=document.words, now=now, restored_from=revision.number)
    _note_pictures(post)
    audit.record("revision_restored", subject=post, revision=revision.number)


def discard_pending(post: Post, *, by: User, now: datetime) -> None:
    """Give up the change that readers do not see yet; it stays among the revisions. Raises `NotAllowed`."""
    require(policies.can_edit(by, post))
    if pending_of(post.id):
        post.edit_number += 1
        keep_text(post, text_of(post), RevisionKind.DISCARD, by=by, session_key=None, words=post.words, now=now)
        _note_pictures(post)


def hand_over_posts(author: User, heir: User) -> int:
    """Make every post of `author` one of `heir`; how many there were. Readers find them where they were."""
    moved = db.session.execute(
        update(Post).where(Post.author_id == author.id).values(author_id=heir.id, edit_number=Post.edit_number + 1),
        execution_options={"synchronize_session": False},
    )
    heir.post_count, author.post_count = heir.post_count + author.post_count, 0
    db.session.flush()
    db.session.expire_all()
    return changed_rows(moved)


def remove_posts_of(author: User) -> int:
    """Remove every post of `author` for good, with its comments and old addresses; how many there were."""
    uncount_posts_of(author)
    renew_links_to_posts_of(author)
    remove_posts_from_index(author.id)
    gone = db.session.execute(
        delete(Post).where(Post.author_id == author.id), execution_options={"synchronize_session": False}
    )
    db.session.expire_all()
    return changed_rows(gone)


def set_lead_picture(post: Post, picture_id: int | None, caption: str = "") -> None:
    """Show a picture above the text and in lists, or none."""
    post.picture_id, post.picture_caption = picture_id, caption[:EXCERPT_LENGTH]
    db.session.flush()


def render_again(post: Post, document: Document, now: datetime) -> None:
    """Store what today's renderer makes of the text; nobody edited it."""
    _store(post, document)
    keep_links(post, document, now)
    index_post(post, document.text)
    _note_pictures(post)


def tags_named(names: list[str]) -> list[Tag]:
    """The tags with these names, made where they are new. Of two people who make one at once both get the same."""
    wanted = {slugify(name): name for name in names}
    tags = queries.tags_by_slug(wanted)
    for slug, name in wanted.items():
        if slug not in tags:
            tags[slug] = _make_tag(slug, name)
    return [tags[slug] for slug in wanted]


def free_slug(text: str, *, but: int | None = None) -> str:
    """A slug made of `text` that no other post has or had."""
    slug = slugify(text)
    taken = queries.taken_slugs(slug, but=but)
    number = 1
    while with_number(slug, number) in taken:
        number += 1
    return with_number(slug, number)


def _fill(post: Post, draft: Draft, tags: list[Tag], now: datetime) -> None:
    post.slug = _slug_for(post, draft)
    post.title, post.body, post.excerpt = draft.title, draft.body, draft.excerpt
    post.comments_closed, post.language = draft.comments_closed, draft.language
    post.tags = tags
    post.updated_at = now
    post.edit_number += 1
    _store(post, draft.document)


def _follow(post: Post, document: Document, now: datetime) -> None:
    """What hangs on a text that a person has stored follows it: its links, the search, the pictures in it."""
    keep_links(post, document, now)
    index_post(post, document.text)
    pictures.catch_up(post.id, post.body_html, _note_pictures(post))


def _says(post: Post, draft: Draft) -> bool:
    """True if the post is already as it was typed."""
    return (
        (post.title, post.body, post.excerpt, post.comments_closed, post.language)
        == (draft.title, draft.body, draft.excerpt, draft.comments_closed, draft.language)
        and {tag.slug for tag in post.tags} == {slugify(name) for name in draft.tags}
        and slugify(draft.slug, default="") in ("", post.slug)
    )


def _slug_for(post: Post, draft: Draft) -> str:
    """The slug that was typed; else the one it has, but a draft's follows its title."""
    typed = slugify(draft.slug, default="")
    if typed and typed != post.slug:
        if typed in queries.taken_slugs(typed, but=post.id):
            raise SlugTaken
        return typed
    if post.slug and not _follows_title(post):
        return post.slug
    return free_slug(draft.title, but=post.id)


def _follows_title(post: Post) -> bool:
    """True for a draft that no reader ever saw and whose slug was made of its title."""
    made = slugify(post.title)
    return (
        post.status is PostStatus.DRAFT
        and post.published_at is None
        and re.fullmatch(rf"{re.escape(made)}(-[0-9]+)?", post.slug) is not None
    )


def _store(post: Post, document: Document) -> None:
    post.body_html = document.html
    post.summary = document.excerpt[:EXCERPT_LENGTH]
    post.headings = [StoredHeading(level=one.level, id=one.id, text=one.text) for one in document.headings]
    post.words = document.words
    post.renderer_version = RENDERER_VERSION


def _note_pictures(post: Post) -> set[int]:
    """What waits to be published counts: nobody is to delete a picture that is in it."""
    pending = pending_of(post.id)
    return pictures.note_pictures(post.id, post.body_html, pending.body if pending else "")


def _keep_address(post: Post, was: str) -> None:
    """Let the address that readers know lead to the new one; one that is taken back stops redirecting."""
    if post.slug == was:
        return
    if back := db.session.get(OldSlug, post.slug):
        db.session.delete(back)
    if db.session.get(OldSlug, was) is None:
        db.session.add(OldSlug(slug=was, post_id=post.id))


def _make_tag(slug: str, name: str) -> Tag:
    tag = Tag(slug=slug, name=name)
    try:
        with constraint_as(SlugTaken()):
            db.session.add(tag)
    except SlugTaken:
        return queries.tags_by_slug([slug])[slug]
    return tag
