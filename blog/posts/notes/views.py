"""The notes on a post: reading them, adding one, taking one's own away."""

from flask import Response, flash, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from blog import clock
from blog.auth.current import login_required, member
from blog.db import begin_write
from blog.posts.asking import held_post, my_post
from blog.posts.blueprint import blueprint
from blog.posts.models import Post
from blog.posts.notes import operations, queries
from blog.posts.notes.linking import with_links
from blog.posts.notes.models import NOTE_LENGTH, NOTES_PER_POST
from blog.posts.notes.operations import TooManyNotes
from blog.web.forms import Form, lines
from blog.web.responses import see_other


class NoteForm(Form):
    """What somebody notes beside a post."""

    body = TextAreaField(
        __("Note"),
        filters=[lines],
        validators=[
            DataRequired(__("Write something first.")),
            Length(max=NOTE_LENGTH, message=__("Use at most %(max)d characters.")),
        ],
        description=__("Plain text; addresses become links."),
    )


@blueprint.route("/write/<int:post_id>/notes", methods=["GET", "POST"])
@login_required
def list_notes(post_id: int) -> Response | str | tuple[str, int]:
    """What those who may edit a post say about it; sending the form adds to it."""
    post, form = my_post(post_id), NoteForm()

    if not form.is_valid():
        return _page(post, form)

    begin_write()
    try:
        note = operations.add_note(held_post(post_id), (form.body.data or "").strip(), by=member(), now=clock.now())
    except TooManyNotes:
        form.refuse("body", _("There are %(most)d notes already. Delete one of yours first.", most=NOTES_PER_POST))
        return _page(post, form)
    return see_other(url_for("posts.list_notes", post_id=post_id, _anchor=f"note-{note.id}"))


@blueprint.post("/write/<int:post_id>/notes/<int:note_id>/deletion")
@login_required
def delete_note(post_id: int, note_id: int) -> Response:
    """Somebody takes away what they noted."""
    my_post(post_id)

    begin_write()
    operations.delete_note(held_post(post_id), note_id, by=member())
    flash(_("The note is deleted."))
    return see_other(url_for("posts.list_notes", post_id=post_id))


def _page(post: Post, form: NoteForm) -> str | tuple[str, int]:
    notes = queries.notes_on(post.id)
    page = render_template("write/notes.html", post=post, form=form, notes=notes, with_links=with_links)
    return (page, 422) if form.errors else page
