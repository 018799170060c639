"""What an editor saves by itself, while its writer goes on. docs/architecture.md has what it answers, in JSON."""

from dataclasses import replace
from datetime import datetime

from flask import Response, abort, jsonify, make_response, request, url_for
from flask_babel import gettext as _

from blog import clock
from blog.auth.current import login_required, member
from blog.db import begin_read, begin_write
from blog.posts import operations, saving
from blog.posts.asking import my_post, writer
from blog.posts.blueprint import blueprint
from blog.posts.editor_fields import Shown
from blog.posts.forms import PostForm
from blog.posts.models import BODY_LENGTH, Post
from blog.posts.operations import AlreadyCreated, Draft, SlugTaken
from blog.posts.revisions.queries import pending_of
from blog.posts.revisions.texts import FIELDS, Text
from blog.posts.saving import BaseNeeded, Outcome, PostGone
from blog.posts.text import slugify
from blog.web.filters import iso

_FRESH = 1


@blueprint.post("/write/new/autosave")
@login_required
def autosave_new_post() -> Response:
    """What is typed into the editor of a new post: the first time it becomes a draft, then it goes on in that."""
    writer()
    form = PostForm()

    form.validate()
    if form.body.errors:
        return refusal(form)
    if not any(form[name].data for name in ("title", "body", "excerpt", "tags")):
        return jsonify(state="empty")

    return _autosave(form, None)


@blueprint.post("/write/<int:post_id>/autosave")
@login_required
def autosave_post(post_id: int) -> Response:
    """What is typed into the editor of a post: into a draft, and beside a published post, where no reader sees it."""
    post = my_post(post_id)
    form = PostForm(post=post, pending=pending_of(post_id))

    form.validate()
    if post.is_trashed:
        abort(410)
    if form.body.errors:
        return refusal(form)

    return _autosave(form, post_id)


def _autosave(form: PostForm, post_id: int | None) -> Response:
    """Save all that is not refused; an address that is taken is, once it is tried."""
    refused = form.keep_only_valid()
    try:
        return _save(form, post_id, refused)
    except SlugTaken:
        begin_read()
        form.put_back("slug")
        return _save(form, post_id, refused | {"slug": _("Another post has this address. Choose another one.")})


def _save(form: PostForm, post_id: int | None, refused: dict[str, str]) -> Response:
    now, edit_number = clock.now(), form.edit_number.data or 0
    draft = form.draft(by=member(), post_id=post_id, now=now)
    if post_id is None:
        try:
            return _saved(_create(form, draft, now), Outcome.SAVED, refused)
        except AlreadyCreated as earlier:
            post_id, edit_number = earlier.post.id, edit_number or _FRESH
            begin_read()
    try:
        saved = saving.save(
            post_id,
            draft,
            by=member(),
            edit_number=edit_number,
            session_key=form.session_key,
            now=now,
            base=_base(draft),
            must_know_base="base_unknown" not in request.form,
            goes_on=True,
            audience=form.audience,
        )
    except PostGone:
        abort(404)
    except BaseNeeded:
        return make_response(jsonify(state="base_needed", edit_number=my_post(post_id).edit_number), 409)
    if saved.outcome is Outcome.CONFLICT:
        return _conflict(my_post(post_id), saved.aside)
    return _saved(my_post(post_id), saved.outcome, refused)


def _create(form: PostForm, draft: Draft, now: datetime) -> Post:
    begin_write()
    key = form.creation_key.data or None
    return operations.create_post(
        member(),
        draft,
        creation_key=key,
        now=now,
        session_key=form.session_key,
        visibility=form.audience.chosen,
    )


def _base(draft: Draft) -> Text | None:
    """What the post said when this editor was opened, or last told, as far as the editor says so.

    A field that it does not tell of is what was typed: then that of the other one counts.
    """
    told = [name for name in FIELDS if f"base_{name}" in request.form]
    base = PostForm(prefix="base_").text()
    if "body" not in told or len(base.body) > BODY_LENGTH:
        return None
    base = replace(base, slug=slugify(base.slug, default=""))
    return replace(draft.text_at(""), **{name: getattr(base, name) for name in told})


def _saved(post: Post, outcome: Outcome, refused: dict[str, str]) -> Response:
    pending = pending_of(post.id)
    shown = Shown(post, pending)
    merged = {"fields": _fields(shown)} if outcome is Outcome.MERGED else {}
    return jsonify(
        state=outcome.value,
        post_id=post.id,
        edit_number=post.edit_number,
        saved_at=iso(pending.updated_at if pending else post.updated_at),
        words=pending.words if pending else post.words,
        slug=shown.slug,
        address=url_for("pages.show_post", slug=shown.slug),
        is_pending=pending is not None,
        edit=url_for("posts.edit_post", post_id=post.id),
        autosave=url_for("posts.autosave_post", post_id=post.id),
        preview=url_for("posts.create_post_preview", post_id=post.id),
        publish=url_for("posts.create_publication", post_id=post.id),
        refused=refused,
        **merged,
    )


def _conflict(post: Post, aside: int | None) -> Response:
    """Both changed the same: what was typed is kept beside the post, to be compared with what stands there."""
    compare = url_for("posts.show_changes", post_id=post.id, number=aside)
    theirs = _fields(Shown(post, pending_of(post.id)))
    said = jsonify(state="conflict", edit_number=post.edit_number, theirs=theirs, kept_as=aside, compare=compare)
    return make_response(said, 409)


def refusal(form: PostForm) -> Response:
    """The text itself can't be taken: nothing is saved."""
    errors = {name: " ".join(map(str, said)) for name, said in form.errors.items()}
    return make_response(jsonify(state="refused", errors=errors), 422)


def _fields(shown: Shown) -> dict[str, str | bool]:
    return {name: getattr(shown, name) for name in (*FIELDS, "visibility")}
