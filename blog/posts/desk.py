"""Where authors write: the editor, publishing."""

from datetime import datetime

from flask import Response, abort, flash, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __

from blog import clock
from blog.auth.current import login_required, member
from blog.auth.models import User
from blog.db import begin_read, begin_write
from blog.media.queries import shown_at
from blog.posts import operations, policies, queries, saving
from blog.posts.asking import go_on_editing, key_carried_on, my_post, writer
from blog.posts.autosave import refusal
from blog.posts.blueprint import blueprint
from blog.posts.forms import PostForm
from blog.posts.hours import in_both
from blog.posts.models import Post, Visibility
from blog.posts.notes.queries import count_notes
from blog.posts.operations import AlreadyCreated, Draft, NothingToPublish, SlugTaken
from blog.posts.revisions.models import Revision
from blog.posts.revisions.queries import pending_of
from blog.posts.saving import Outcome
from blog.web.addresses import absolute_url
from blog.web.limits import PREVIEWS_A_MINUTE, limited
from blog.web.responses import asks_for_json, see_other

LOST_LINKS_NAMED = 10
"""How many names in `[[…]]` an author is told of that lead nowhere."""
NAMES_OFFERED = 200
Answer = Response | str | tuple[str, int]
_WARNING = "warning"
_PUBLISHED = {
    Visibility.PUBLIC: __("Published. Readers find it at %(address)s."),
    Visibility.PAGE: __("Published as a page. Readers find it at %(address)s, and in no list: put it into the menu."),
    Visibility.UNLISTED: __("Published, in no list. Whoever has this address reads it: %(address)s."),
    Visibility.PRIVATE: __("Published, for those who may edit it. They read it at %(address)s."),
}
_FRESH = 1
"""The edit number of a post that nobody has touched since its form made it."""


@blueprint.route("/write/new", methods=["GET", "POST"])
@login_required
def write_post() -> Response | str | tuple[str, int]:
    """A new post, or for editors a new page if the address says so; saving makes it a draft."""
    user, form = writer(), PostForm(visibility=_begins_as())

    if not form.is_valid():
        return _editor(form, None)

    post = _create(form, user)
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
        return _editor(form, None)

    post = _create(form, user)
    return _publish(post, user, form) if isinstance(post, Post) else post


@blueprint.route("/write/<int:post_id>", methods=["GET", "POST"])
@login_required
def edit_post(post_id: int) -> Response | str | tuple[str, int]:
    """A post in the editor."""
    post, user = my_post(post_id), member()
    pending = pending_of(post_id)
    form = PostForm(post=post, pending=pending, editing=key_carried_on(post_id))

    if not form.is_valid():
        return _editor(form, post, pending)

    if problem := _save(post_id, user, form):
        return problem
    flash(_("Saved."))
    return go_on_editing(post_id, form.session_key)


@blueprint.post("/write/<int:post_id>/publication")
@login_required
def create_publication(post_id: int) -> Response | str | tuple[str, int]:
    """What is in the editor is saved and published, now or at the hour that was chosen."""
    post, user = my_post(post_id), member()
    form = PostForm(post=post)

    if not form.is_valid():
        return _editor(form, post)

    return _save(post_id, user, form) or _publish(my_post(post_id), user, form)


@blueprint.post("/write/new/picture")
@login_required
def open_pictures_of_new() -> Answer:
    """A new post is saved as a draft, and the pictures are shown of which one is to lead it."""
    user, form = writer(), PostForm()

    if not form.is_valid():
        return _editor(form, None)

    post = _create(form, user)
    return see_other(url_for("pages.choose_picture", post_id=post.id)) if isinstance(post, Post) else post


@blueprint.post("/write/<int:post_id>/picture/opening")
@login_required
def open_pictures(post_id: int) -> Answer:
    """What is in the editor is kept, of a published post beside it, and the pictures are shown to choose from."""
    post, user = my_post(post_id), member()
    form = PostForm(post=post, pending=pending_of(post_id))

    if not form.is_valid():
        return _editor(form, post)

    problem = _save(post_id, user, form, goes_on=True)
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
        return refusal(form) if asks_for_json() else _editor(form, None)

    return _preview(form, user)


@blueprint.post("/write/<int:post_id>/preview")
@limited(account=f"{PREVIEWS_A_MINUTE} per minute", apart=True)
@login_required
def create_post_preview(post_id: int) -> Answer:
    """What is in the editor of a post as readers will see it; nothing is saved."""
    post = my_post(post_id)
    form = PostForm(post=post)

    if not form.is_valid():
        return refusal(form) if asks_for_json() else _editor(form, post)

    return _preview(form, post.author, queries.as_page(post, clock.now()))


def _begins_as() -> Visibility:
    """Who is to read a new post until its author says otherwise."""
    is_page = request.args.get("visibility") == Visibility.PAGE and policies.can_make_pages(member())
    return Visibility.PAGE if is_page else Visibility.PUBLIC


def _create(form: PostForm, user: User) -> Post | Answer:
    """The new draft; or the answer that says why not.

    A form that made a draft before is sent to that one, so that nothing typed since is lost and nothing is made twice.
    """
    draft = form.draft(by=user, post_id=None, now=clock.now())
    begin_write()
    try:
        key, chosen = form.creation_key.data or None, form.audience.chosen
        post = operations.create_post(
            user, draft, creation_key=key, now=clock.now(), session_key=form.session_key, visibility=chosen
        )
    except AlreadyCreated as earlier:
        post_id = earlier.post.id
        begin_read()
        return _save(post_id, user, form, edit_number=_FRESH) or my_post(post_id)
    except SlugTaken:
        form.refuse("slug", _("Another post has this address. Choose another one."))
        return _editor(form, None)
    _name_lost_links(draft)
    return post


def _save(
    post_id: int, user: User, form: PostForm, edit_number: int | None = None, *, goes_on: bool = False
) -> Answer | None:
    """Save what was typed, if it `goes_on` as if by itself; None, or the answer where there is more to say."""
    if edit_number is None:
        edit_number = form.edit_number.data or 0
    now, key = clock.now(), form.session_key
    draft = form.draft(by=user, post_id=post_id, now=now)
    try:
        saved = saving.save(
            post_id,
            draft,
            by=user,
            edit_number=edit_number,
            session_key=key,
            now=now,
            audience=form.audience,
            goes_on=goes_on,
        )
    except saving.PostGone:
        abort(404)
    except SlugTaken:
        form.refuse("slug", _("Another post has this address. Choose another one."))
        return _editor(form, my_post(post_id))
    if saved.outcome is Outcome.CONFLICT:
        return _both_versions(form, my_post(post_id), saved.aside)
    if saved.outcome is Outcome.MERGED:
        flash(
            _("Somebody else saved meanwhile. Here are their changes and yours together: read them first."), "warning"
        )
        return go_on_editing(post_id, form.session_key)
    _name_lost_links(draft)
    return None


def _name_lost_links(draft: Draft) -> None:
    """Say which names in `[[…]]` are no post's."""
    if names := draft.document.unknown_names[:LOST_LINKS_NAMED]:
        lost = ", ".join(names)
        flash(_("Shown as plain words, since no post is called so: %(names)s.", names=lost), "warning")


def _publish(post: Post, user: User, form: PostForm) -> Response:
    now = clock.now()
    try:
        operations.publish_post(post, by=user, at=form.moment(now), now=now, session_key=form.session_key)
    except NothingToPublish:
        flash(_("Saved, but not published: a post needs a title and a text first."), _WARNING)
        return see_other(url_for("posts.edit_post", post_id=post.id))
    if post.is_scheduled(now):
        flash(_("Scheduled for %(moment)s.", moment=in_both(form.moment(now))))
        if form.oddity:
            flash(form.oddity, _WARNING)
        return see_other(url_for("posts.edit_post", post_id=post.id))
    address = absolute_url("pages.show_post", slug=post.slug)
    flash(str(_PUBLISHED[post.visibility]) % {"address": address})
    return see_other(url_for("pages.show_post", slug=post.slug))


def _preview(form: PostForm, author: User, saved: queries.PostPage | None = None) -> Answer:
    """The page of what was typed, or for a script its article alone."""
    now = clock.now()
    draft = form.draft(by=member(), post_id=saved.id if saved else None, now=now)
    moment = form.moment(now)
    page = queries.draft_as_page(draft.text, draft.document, author, moment, visibility=form.audience.chosen)
    if asks_for_json():
        return jsonify(state="shown", html=render_template("posts/_reading.html", post=page), words=page.words)
    return render_template("write/preview.html", post=page, editor_id=None)


def _both_versions(form: PostForm, post: Post, aside: int | None) -> tuple[str, int]:
    """Somebody else changed the same: what was typed stays in the form, what is stored stands beside it."""
    form.go_on_from(post)
    return _page(form, post, stored=pending_of(post.id) or post, aside=aside), 409


def _editor(form: PostForm, post: Post | None, pending: Revision | None = None) -> str | tuple[str, int]:
    page = _page(form, post, pending=pending)
    return (page, 422) if form.errors else page


def _page(
    form: PostForm,
    post: Post | None,
    *,
    stored: Post | Revision | None = None,
    aside: int | None = None,
    pending: Revision | None = None,
) -> str:
    now = clock.now()
    return render_template(
        "write/edit.html",
        form=form,
        post=post,
        state=_state(post, now) if post else "drafts",
        stored=stored,
        aside=aside,
        pending=pending,
        lead=shown_at(f"/media/{form.picture.data}") if form.picture.data else None,
        note_count=count_notes([post.id])[post.id] if post else 0,
        series_names=queries.series_names(member(), now),
        can_choose_authors=post is None or policies.can_choose_authors(member(), post),
        writer_names=queries.writer_names(NAMES_OFFERED),
    )


def _state(post: Post, now: datetime) -> str:
    """The one of `queries.DESK_STATES` that a post is in."""
    if post.is_trashed:
        return "trash"
    return "published" if post.is_live(now) else "scheduled" if post.is_scheduled(now) else "drafts"
