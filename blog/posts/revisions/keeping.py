"""Writing revisions, in the transaction of the change that they keep.

A post and its revisions form a line: the last one always holds what is worked on. So a change never overwrites a text
that does not stand in a revision, and a revision is written over only by the editor that wrote it, within
`REVISION_WINDOW`, and while no more than `FEW_WORDS` go.
"""

from datetime import datetime

from blog.auth.models import User
from blog.db import db
from blog.posts.models import Post
from blog.posts.revisions import queries
from blog.posts.revisions.models import FEW_WORDS, Revision, RevisionKind
from blog.posts.revisions.texts import Change, Text, change

_WRITTEN_OVER = (RevisionKind.WORK, RevisionKind.PENDING)


def keep_what_stands(post: Post, *, now: datetime) -> None:
    """Before a change: what stands in the post stands in a revision, whoever wrote it there."""
    last, text = queries.last_held(post.id), queries.text_of(post)
    if last is None or not last.text.says(text):
        moment = now if last else min(post.updated_at, now)
        _add(post, text, RevisionKind.FOUND, words=post.words, now=moment)


def keep_text(
    post: Post,
    text: Text,
    kind: RevisionKind,
    *,
    by: User,
    session_key: str | None,
    words: int,
    now: datetime,
    restored_from: int | None = None,
) -> Revision:
    """After a change: its text stands in a revision, the one that this editor has open or a new one."""
    open_ = queries.last_in_line(post.id)
    if open_ and open_.is_pending is (kind is RevisionKind.PENDING) and open_.text.says(text):
        return open_
    if (
        open_
        and open_.kind is kind in _WRITTEN_OVER
        and open_.takes_up(session_key, by.id, now)
        and _write_over(open_, text, words=words, edit=post.edit_number, now=now)
    ):
        return open_
    return _add(
        post, text, kind, by=by, session_key=session_key, words=words, now=now, restored_from=restored_from, after=open_
    )


def keep_published(post: Post, *, by: User, session_key: str | None, now: datetime) -> None:
    """The text that readers get stands in a revision that says so: the one that was just saved, or one of its own."""
    last, text = queries.last_in_line(post.id), queries.text_of(post)
    mine = last is not None and (last.author_id, last.session_key) == (by.id, session_key)
    if last and mine and last.kind in _WRITTEN_OVER and last.text.says(text):
        last.kind, last.last_edit, last.updated_at = RevisionKind.PUBLISH, post.edit_number, now
        db.session.flush()
    elif not (last and last.kind is RevisionKind.PUBLISH and last.text.says(text)):
        _add(post, text, RevisionKind.PUBLISH, by=by, session_key=session_key, words=post.words, now=now, after=last)


def keep_aside(
    post: Post, text: Text, *, by: User, session_key: str | None, words: int, edit_number: int, now: datetime
) -> Revision:
    """What was typed on top of `edit_number` and is not to be put together with what stands there is kept as well."""
    last = queries.last_aside(post.id, session_key) if session_key else None
    if last and last.author_id == by.id and last.text.says(text):
        return last
    if (
        last
        and last.takes_up(session_key, by.id, now)
        and _write_over(last, text, words=words, edit=edit_number, now=now)
    ):
        return last
    aside = _add(
        post, text, RevisionKind.ASIDE, by=by, session_key=session_key, words=words, now=now,
        after=queries.last_in_line(post.id),
    )  # fmt: skip
    aside.first_edit = aside.last_edit = edit_number
    db.session.flush()
    return aside


def _write_over(revision: Revision, text: Text, *, words: int, edit: int, now: datetime) -> bool:
    """False if too much would go."""
    lost = change(revision.text, text).lost
    if revision.lost_words + lost > FEW_WORDS:
        return False
    before = queries.last_in_line(revision.post_id, before=revision.number)
    changed = _since(before, text)
    revision.text = text
    revision.words, revision.added_words, revision.removed_words = words, changed.added, changed.removed
    revision.lost_words += lost
    revision.last_edit, revision.updated_at = edit, now
    db.session.flush()
    return True


def _add(
    post: Post,
    text: Text,
    kind: RevisionKind,
    *,
    words: int,
    now: datetime,
    by: User | None = None,
    session_key: str | None = None,
    restored_from: int | None = None,
    after: Revision | None = None,
) -> Revision:
    changed = _since(after, text)
    revision = Revision(
        post_id=post.id,
        author_id=by.id if by else None,
        number=queries.last_number(post.id) + 1,
        kind=kind,
        session_key=session_key,
        text=text,
        words=words,
        added_words=changed.added,
        removed_words=changed.removed,
        lost_words=0,
        restored_from=restored_from,
        first_edit=post.edit_number,
        last_edit=post.edit_number,
        created_at=now,
        updated_at=now,
    )
    db.session.add(revision)
    db.session.flush()
    return revision


def _since(before: Revision | None, text: Text) -> Change:
    return change(before.text if before else Text("", ""), text)
