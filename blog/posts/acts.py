"""What is done to a post as it stands, whatever an editor holds: taken back, put away, restored."""

from collections.abc import Callable

from flask import Response, flash, url_for
from flask_babel import gettext as _

from blog import clock
from blog.auth.current import login_required, member
from blog.db import begin_write
from blog.posts import operations
from blog.posts.asking import held_post, my_post
from blog.posts.blueprint import blueprint
from blog.web.responses import see_other


@blueprint.post("/write/<int:post_id>/publication/deletion")
@login_required
def delete_publication(post_id: int) -> Response:
    """A published or scheduled post becomes a draft again."""
    return _act_on(post_id, operations.unpublish_post, _("It is a draft again; readers no longer see it."))


@blueprint.post("/write/<int:post_id>/trashing")
@login_required
def create_trashing(post_id: int) -> Response:
    """A post goes into the trash."""
    return _act_on(post_id, operations.trash_post, _("Moved to the trash. You can restore it there."), "drafts")


@blueprint.post("/write/<int:post_id>/restoration")
@login_required
def create_restoration(post_id: int) -> Response:
    """A post comes back from the trash, as a draft."""
    return _act_on(post_id, operations.restore_post, _("Restored as a draft."))


def _act_on(post_id: int, operation: Callable[..., None], done: str, state: str | None = None) -> Response:
    my_post(post_id)

    begin_write()
    operation(held_post(post_id), by=member(), now=clock.now())
    flash(done)
    if state:
        return see_other(url_for("posts.list_my_posts", state=state))
    return see_other(url_for("posts.edit_post", post_id=post_id))
