"""The texts that a post had: a list, one of them, what changed between two, and bringing one back."""

from flask import Response, abort, flash, render_template, request
from flask_babel import gettext as _

from blog import clock
from blog.auth.current import login_required, member
from blog.db import begin_write
from blog.posts import operations
from blog.posts.asking import go_on_editing, held_post, my_post
from blog.posts.blueprint import blueprint
from blog.posts.rendering import render_text
from blog.posts.revisions import queries
from blog.posts.revisions.comparing import compare_texts
from blog.posts.revisions.models import Revision
from blog.posts.revisions.texts import Text, change
from blog.web.pagination import Slice

REVISIONS_PER_PAGE = 50
_NOTHING = Text("", "")


@blueprint.get("/write/<int:post_id>/revisions")
@login_required
def list_revisions(post_id: int) -> str:
    """All that a post ever said, newest first."""
    post = my_post(post_id)
    wanted = Slice.parse(request.args.get("before"), request.args.get("after"), REVISIONS_PER_PAGE)
    return render_template("write/revisions.html", post=post, page=queries.revisions_of(post_id, wanted))


@blueprint.get("/write/<int:post_id>/revisions/<int:number>")
@login_required
def show_revision(post_id: int, number: int) -> str:
    """One of these texts."""
    post, revision = my_post(post_id), _my_revision(post_id, number)
    newest = queries.last_in_line(post_id)
    return render_template("write/revision.html", post=post, revision=revision, newest=newest)


@blueprint.get("/write/<int:post_id>/revisions/<int:number>/changes")
@login_required
def show_changes(post_id: int, number: int) -> str:
    """What changed, word by word, since the revision before it or the one that is asked for."""
    post, revision = my_post(post_id), _my_revision(post_id, number)
    before = _since(post_id, number)
    old, new = before.text if before else _NOTHING, revision.text
    return render_template(
        "write/changes.html",
        post=post,
        before=before,
        revision=revision,
        difference=compare_texts(old, new),
        change=change(old, new),
        others=queries.numbers_around(post_id, number),
    )


@blueprint.post("/write/<int:post_id>/revisions/<int:number>/restoration")
@login_required
def restore_revision(post_id: int, number: int) -> Response:
    """An old text becomes that of the draft; of a published post it can be published then."""
    my_post(post_id)
    old, now = _my_revision(post_id, number), clock.now()
    document = render_text(old.body, language=old.language, post_id=post_id, by=member(), now=now)

    begin_write()
    operations.restore_revision(held_post(post_id), _my_revision(post_id, number), document, by=member(), now=now)

    flash(_("Here is revision %(number)s again. What stood here is a revision, too.", number=number))
    return go_on_editing(post_id, None)


@blueprint.post("/write/<int:post_id>/pending/deletion")
@login_required
def discard_pending(post_id: int) -> Response:
    """The change that readers do not see yet is given up."""
    my_post(post_id)

    begin_write()
    operations.discard_pending(held_post(post_id), by=member(), now=clock.now())

    flash(_("Here is what readers see. The changes are still among the revisions."))
    return go_on_editing(post_id, None)


def _my_revision(post_id: int, number: int) -> Revision:
    return queries.find_revision(post_id, number, member()) or abort(404)


def _since(post_id: int, number: int) -> Revision | None:
    """The revision that `?since=` asks for, else the one before; None before the first."""
    wanted = request.args.get("since", type=int)
    if wanted is None:
        return queries.last_in_line(post_id, before=number)
    return _my_revision(post_id, wanted) if wanted else None
