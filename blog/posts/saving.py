"""Saving what an editor holds, whoever else saved meanwhile: as it is, put together with theirs, or beside theirs.

The slow work, putting together and rendering, is done while others can write; the operation then looks whether anybody
did. Nothing is published here that its writer has not seen: what was put together is theirs to read first.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from blog.auth.models import User
from blog.db import begin_read, begin_write, transaction
from blog.posts import operations, policies, queries
from blog.posts.models import BODY_LENGTH, EXCERPT_LENGTH, TAGS_PER_POST, TITLE_LENGTH, Post, PostStatus
from blog.posts.operations import Audience, Draft, EditedSince
from blog.posts.rendering import render_text
from blog.posts.revisions.merging import merge_texts
from blog.posts.revisions.queries import pending_of, text_at, text_of
from blog.posts.revisions.texts import Text
from blog.site.settings import read_settings

_TRIES = 4
"""Somebody else may save between putting together and writing, but not for ever."""


class PostGone(Exception):
    """The post is not there any more, or not theirs to work on."""


class BaseNeeded(Exception):
    """Nobody knows any more what the post said when this editor was opened; who sends it can have both put together."""


class Outcome(StrEnum):
    """What became of what was typed."""

    SAVED = "saved"
    MERGED = "merged"
    CONFLICT = "conflict"
    """Both changed the same: what was typed is set aside."""


@dataclass(frozen=True)
class Saved:
    """The outcome; `aside` is the number of the revision in which a conflict is kept."""

    outcome: Outcome
    aside: int | None = None


@dataclass(frozen=True)
class _Plan:
    """What is to be written, on top of which edit; no draft if it stands there already."""

    draft: Draft | None
    edit_number: int
    is_merged: bool = False


def save(
    post_id: int,
    draft: Draft,
    *,
    by: User,
    edit_number: int,
    session_key: str | None,
    now: datetime,
    base: Text | None = None,
    must_know_base: bool = False,
    goes_on: bool = False,
    audience: Audience | None = None,
) -> Saved:
    """Save what was typed on top of `edit_number`; ends in the writing transaction, unless it was set aside.

    `base` is what the post said then, as far as the editor knows it. An editor that `goes_on` saves by itself:
    readers of a published post get nothing of it, and stay who they are. Raises `PostGone`, `NotAllowed`, `SlugTaken`
    and, with `must_know_base`, `BaseNeeded`.
    """
    for _ in range(_TRIES):
        plan = _plan(post_id, draft, by=by, edit_number=edit_number, base=base, now=now, goes_on=goes_on)
        if plan is None:
            break
        begin_write()
        post = _held(post_id, by)
        if _write(post, plan, by=by, session_key=session_key, now=now, goes_on=goes_on):
            if audience and not (goes_on and post.status is PostStatus.PUBLISHED):
                _let_read(post, audience, plan, is_first=plan.edit_number == edit_number, by=by, now=now)
            return Saved(Outcome.MERGED if plan.is_merged else Outcome.SAVED)
        begin_read()
    if must_know_base and base is None and text_at(post_id, edit_number) is None:
        raise BaseNeeded
    with transaction():
        aside = operations.set_aside(
            _held(post_id, by), draft, by=by, edit_number=edit_number, now=now, session_key=session_key
        )
        return Saved(Outcome.CONFLICT, aside.number)


def _plan(
    post_id: int, draft: Draft, *, by: User, edit_number: int, base: Text | None, now: datetime, goes_on: bool
) -> _Plan | None:
    """What is to be written; None if what was typed can't be put together with what stands there."""
    post = queries.find_editable(post_id, by)
    if post is None:
        raise PostGone
    pending = pending_of(post_id)
    theirs = pending.text if pending else text_of(post)
    if not policies.can_choose_authors(by, post):
        draft = Draft(replace(draft.text, co_authors=theirs.co_authors), draft.document)
    mine = draft.text_at(theirs.slug)
    if post.edit_number == edit_number:
        return _Plan(None if goes_on and mine.says(theirs) else draft, edit_number)
    if mine.says(theirs):
        return _Plan(draft if pending else None, post.edit_number)
    base = base or text_at(post_id, edit_number)
    merged = merge_texts(base, mine, theirs) if base else None
    if merged is None or not _fits(merged):
        return None
    document = draft.document
    if (merged.body, merged.language) != (draft.text.body, draft.text.language):
        document = render_text(merged.body, language=merged.language, post_id=post_id, by=by, now=now)
    return _Plan(Draft(merged, document), post.edit_number, is_merged=True)


def _write(post: Post, plan: _Plan, *, by: User, session_key: str | None, now: datetime, goes_on: bool) -> bool:
    """False if somebody saved since it was planned."""
    if plan.draft is None:
        return post.edit_number == plan.edit_number
    is_approved = not (goes_on or plan.is_merged) and policies.publishes_alone(by, read_settings())
    unseen = post.status is PostStatus.PUBLISHED and not is_approved
    write = operations.save_pending if unseen else partial(operations.save_post, goes_on=goes_on)
    try:
        write(post, plan.draft, by=by, edit_number=plan.edit_number, now=now, session_key=session_key)
    except EditedSince:
        return False
    return True


def _let_read(post: Post, audience: Audience, plan: _Plan, *, is_first: bool, by: User, now: datetime) -> None:
    """Give the post the readers that were chosen; after somebody else's save only if another choice was made.

    What was put together its writer has not read: more people read the post when they have.
    """
    alone = post.status is not PostStatus.PUBLISHED or policies.publishes_alone(by, read_settings())
    if not (audience.is_changed or (is_first and alone)) or audience.chosen is post.visibility:
        return
    is_unread = plan.is_merged and post.status is PostStatus.PUBLISHED
    if not (is_unread and audience.chosen.is_wider_than(post.visibility)):
        operations.change_visibility(post, audience.chosen, by=by, now=now)


def _fits(text: Text) -> bool:
    return (
        len(text.title) <= TITLE_LENGTH
        and len(text.body) <= BODY_LENGTH
        and len(text.excerpt) <= EXCERPT_LENGTH
        and len(text.tags) <= TAGS_PER_POST
        and "\n" not in text.title
    )


def _held(post_id: int, by: User) -> Post:
    post = queries.hold_editable(post_id, by)
    if post is None:
        raise PostGone
    return post
