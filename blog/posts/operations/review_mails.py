"""The mails of a review, in the transaction of what they tell of."""

from datetime import datetime

from blog import mail
from blog.auth.mail_quota import may_write_to
from blog.auth.models import User
from blog.posts.models import Post
from blog.posts.notes.models import PostNote
from blog.posts.queries.reviewers import authors_to_tell, editors_to_tell
from blog.web.addresses import absolute_url


def tell_submitted(post: Post, *, by: User, now: datetime) -> None:
    """Mail the editors that something waits for them, each some times an hour at most; their overview has the rest."""
    for editor in editors_to_tell(but=by.id) if mail.can_send() else []:
        if editor.email and may_write_to(editor.email, now):
            mail.send(mail.compose("submitted", to=editor.email, user=editor, post=post, by=by, link=_editor(post)))


def tell_sent_back(post: Post, note: PostNote, *, by: User) -> None:
    """Mail the authors what is to be done."""
    for author in authors_to_tell(post, but=by.id) if mail.can_send() else []:
        if author.email:
            link = _editor(post)
            mail.send(mail.compose("sent_back", to=author.email, user=author, post=post, by=by, note=note, link=link))


def tell_published(post: Post, *, by: User, at: datetime, now: datetime) -> None:
    """Mail the authors that somebody else published it, each some times an hour at most."""
    for author in authors_to_tell(post, but=by.id) if mail.can_send() else []:
        if author.email and may_write_to(author.email, now):
            link = absolute_url("pages.show_post", slug=post.slug)
            hour = at if at > now else None
            mail.send(mail.compose("published", to=author.email, user=author, post=post, by=by, hour=hour, link=link))


def _editor(post: Post) -> str:
    return absolute_url("posts.edit_post", post_id=post.id)
