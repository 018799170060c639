"""The picture that leads a post: it is one of the text's fields, chosen on a page of its own."""

from dataclasses import replace
from datetime import datetime

from blog.auth.models import User
from blog.media.models import Media
from blog.posts import saving
from blog.posts.models import EXCERPT_LENGTH, Post
from blog.posts.operations import Draft
from blog.posts.rendering import render_text
from blog.posts.revisions.queries import pending_of, text_of
from blog.posts.revisions.texts import Text
from blog.posts.saving import Outcome


def worked_on(post: Post) -> Text:
    """What the editor of the post shows."""
    pending = pending_of(post.id)
    return pending.text if pending else text_of(post)


def put_lead_picture(post: Post, media: Media | None, *, by: User, now: datetime) -> bool:
    """Put a picture above what is worked on, with its own caption, or none; readers see it with the next Update.

    False if somebody else chose another one meanwhile. Ends in the writing transaction; raises as `saving.save` does.
    """
    text = worked_on(post)
    name, caption = (media.name, media.caption) if media else ("", "")
    if text.picture != name:
        text = replace(text, picture=name, picture_caption=" ".join(caption.split())[:EXCERPT_LENGTH])
    draft = Draft(text, render_text(text.body, language=text.language, post_id=post.id, by=by, now=now))
    saved = saving.save(post.id, draft, by=by, edit_number=post.edit_number, session_key=None, now=now, goes_on=True)
    return saved.outcome is not Outcome.CONFLICT
