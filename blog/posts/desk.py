"""Where authors write: the editor, publishing."""

from flask import Response, flash, jsonify, render_template, request, url_for
from flask_babel import gettext as _

from blog import clock
from blog.auth.current import login_required, member
from blog.auth.models import User
from blog.posts import policies, queries
from blog.posts.asking import go_on_editing, key_carried_on, my_post, writer
from blog.posts.autosave import refusal
from blog.posts.blueprint import blueprint
from blog.posts.editing import Answer, create, publish, save, show_editor
from blog.posts.forms import PostForm
from blog.posts.models import Post, Visibility
from blog.posts.revisions.queries import pending_of
from blog.web.limits import PREVIEWS_A_MINUTE, limited
from blog.web.responses import asks_for_json, see_other


@blueprint.route("/write/new", methods=["GET", "POST"])
@login_required
def write_post() -> Response | str | tuple[str, int]:
    """A new post, or for editors a new page if the address says so; saving makes it a draft."""
    user, form = writer(), PostForm(visibility=_begins_as())

    if not form.is_valid():
        return show_editor(form, None)

    post = create(form, user)
    if not isinstance(post, Post):
        return post
    flash(_("Saved as a draft."))
    return go_on_editing(post.id, form.session_key)


@blueprint.post("/write/new/publication")
@login_required
def create_published_post() -> Response | str | tuple[str, int]:
    """A new post, saved and published in one go; if it can't be published yet it is a draft."""
    user, form = writer(), PostForm()

    if not form.is_valid():
        return show_editor(form, None)

    post = create(form, user)
    return publish(post, user, form) if isinstance(post, Post) else post


@blueprint.route("/write/<int:post_id>", methods=["GET", "POST"])
@login_required
def edit_post(post_id: int) -> Response | str | tuple[str, int]:
    """A post in the editor."""
    post, user = my_post(post_id), member()
    pending = pending_of(post_id)
    form = PostForm(post=post, pending=pending, editing=key_carried_on(post_id))

    if not form.is_valid():
        return show_editor(form, post, pending)

    if problem := save(post_id, user, form):
        return problem
    waits = pending_of(post_id) is not None
    flash(_("Saved. Readers see it once an editor publishes it.") if waits else _("Saved."))
    return go_on_editing(post_id, form.session_key)


@blueprint.post("/write/<int:post_id>/publication")
@login_required
def create_publication(post_id: int) -> Response | str | tuple[str, int]:
    """What is in the editor is saved and published, now or at the hour that was chosen."""
    post, user = my_post(post_id), member()
    form = PostForm(post=post)

    if not form.is_valid():
        return show_editor(form, post)

    return save(post_id, user, form) or publish(my_post(post_id), user, form)


@blueprint.post("/write/new/picture/opening")
@login_required
def open_pictures_of_new() -> Answer:
    """A new post is saved as a draft, and the pictures are shown of which one is to lead it."""
    user, form = writer(), PostForm()

    if not form.is_valid():
        return show_editor(form, None)

    post = create(form, user)
    return see_other(url_for("pages.choose_picture", post_id=post.id)) if isinstance(post, Post) else post


@blueprint.post("/write/<int:post_id>/picture/opening")
@login_required
def open_pictures(post_id: int) -> Answer:
    """What is in the editor is kept, of a published post beside it, and the pictures are shown to choose from."""
    post, user = my_post(post_id), member()
    form = PostForm(post=post, pending=pending_of(post_id))

    if not form.is_valid():
        return show_editor(form, post)

    problem = save(post_id, user, form, goes_on=True)
    return problem or see_other(url_for("pages.choose_picture", post_id=post_id))


@blueprint.get("/write/<int:post_id>/preview")
@login_required
def show_preview(post_id: int) -> str:
    """The saved post as readers will see it."""
    post = my_post(post_id)
    return render_template("write/preview.html", post=queries.as_page(post, clock.now()), editor_id=post.id)


@blueprint.post("/write/preview")
@limited(account=f"{PREVIEWS_A_MINUTE} per minute", apart=True)
@login_required
def create_preview() -> Answer:
    """What is in the editor of a new post as readers will see it; nothing is saved."""
    user, form = writer(), PostForm()

    if not form.is_valid():
        return refusal(form) if asks_for_json() else show_editor(form, None)

    return _preview(form, user)


@blueprint.post("/write/<int:post_id>/preview")
@limited(account=f"{PREVIEWS_A_MINUTE} per minute", apart=True)
@login_required
def create_post_preview(post_id: int) -> Answer:
    """What is in the editor of a post as readers will see it; nothing is saved."""
    post = my_post(post_id)
    form = PostForm(post=post)

    if not form.is_valid():
        return refusal(form) if asks_for_json() else show_editor(form, post)

    return _preview(form, post.author, queries.as_page(post, clock.now()))


def _begins_as() -> Visibility:
    """Who is to read a new post until its author says otherwise."""
    is_page = request.args.get("visibility") == Visibility.PAGE and policies.can_make_pages(member())
    return Visibility.PAGE if is_page else Visibility.PUBLIC


def _preview(form: PostForm, author: User, saved: queries.PostPage | None = None) -> Answer:
    """The page of what was typed, or for a script its article alone."""
    now = clock.now()
    draft = form.draft(by=member(), post_id=saved.id if saved else None, now=now)
    moment = form.moment(now)
    page = queries.draft_as_page(draft.text, draft.document, author, moment, visibility=form.audience.chosen)
    if asks_for_json():
        return jsonify(state="shown", html=render_template("posts/_reading.html", post=page), words=page.words)
    return render_template("write/preview.html", post=page, editor_id=None)
