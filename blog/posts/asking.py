"""What the views of the desk ask first: who writes here, which post is it, and which opened editor is it."""

from flask import Response, abort, session, url_for

from blog.auth.current import member
from blog.auth.models import User
from blog.posts import policies, queries
from blog.posts.models import Post
from blog.web.responses import see_other

_CARRIED_ON = "editing"


def writer() -> User:
    """The person who is asking, if they write here; 403 if not."""
    user = member()
    return user if policies.can_write(user) else abort(403)


def my_post(post_id: int) -> Post:
    """The post, if the one who asks may work on it; 404 if not."""
    return queries.find_editable(post_id, writer()) or abort(404)


def held_post(post_id: int) -> Post:
    """The post as it is now that the writing began."""
    return queries.hold_editable(post_id, writer()) or abort(404)


def go_on_editing(post_id: int, session_key: str | None) -> Response:
    """Back to the editor after a save: what it saves next belongs to the same session, as if it had stayed open."""
    if session_key:
        session[_CARRIED_ON] = [post_id, session_key]
    return see_other(url_for("posts.edit_post", post_id=post_id))


def key_carried_on(post_id: int) -> str | None:
    """The key of the editor that was just saved; for the page that follows it, and no other."""
    carried = session.get(_CARRIED_ON)
    if not isinstance(carried, list) or carried[:1] != [post_id]:
        return None
    session.pop(_CARRIED_ON)
    return str(carried[1])
