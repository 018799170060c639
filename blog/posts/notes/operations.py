"""What is done to notes. Each operation checks the right of the one who asks, and flushes."""

from datetime import datetime

from blog.auth.models import User
from blog.auth.policies import require
from blog.db import db
from blog.posts import policies
from blog.posts.models import Post
from blog.posts.notes import queries
from blog.posts.notes.models import NOTES_PER_POST, PostNote
from blog.site import audit


class TooManyNotes(Exception):
    """The post has `NOTES_PER_POST` already."""


def add_note(post: Post, body: str, *, by: User, now: datetime) -> PostNote:
    """Note something beside a post. Raises `NotAllowed` or `TooManyNotes`."""
    require(policies.can_edit(by, post))
    if queries.count_notes([post.id])[post.id] >= NOTES_PER_POST:
        raise TooManyNotes
    note = PostNote(post_id=post.id, author_id=by.id, body=body, created_at=now)
    db.session.add(note)
    db.session.flush()
    audit.record("post_note_created", subject=post)
    return note


def delete_note(post: Post, note_id: int, *, by: User) -> None:
    """Take one's own note away for good; one that is gone already is no error. Raises `NotAllowed`."""
    require(policies.can_edit(by, post))
    note = db.session.get(PostNote, note_id)
    if note is None or note.post_id != post.id:
        return
    require(note.author_id == by.id)
    db.session.delete(note)
    db.session.flush()
    audit.record("post_note_deleted", subject=post)
