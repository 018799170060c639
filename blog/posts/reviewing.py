"""An author hands a post to the editors and takes it back; an editor publishes it or sends it back."""

from flask import Response, flash, url_for
from flask_babel import gettext as _

from blog import clock
from blog.auth.current import login_required, member
from blog.auth.models import User
from blog.auth.policies import require
from blog.posts import operations, policies
from blog.posts.asking import my_post, writer
from blog.posts.blueprint import blueprint
from blog.posts.editing import WARNING, Answer, create, publish, save, show_editor
from blog.posts.forms import PostForm
from blog.posts.models import Post
from blog.posts.operations import NotADraft, NothingToPublish, NotInReview
from blog.posts.revisions.queries import pending_of
from blog.web.responses import see_other


@blueprint.post("/write/new/review")
@login_required
def create_submitted_post() -> Answer:
    """A new post, saved and handed to the editors in one go."""
    user, form = writer(), PostForm()

    if not form.is_valid():
        return show_editor(form, None)

    post = create(form, user)
    return _submit(post, user) if isinstance(post, Post) else post


@blueprint.post("/write/<int:post_id>/review")
@login_required
def create_review(post_id: int) -> Answer:
    """What is in the editor is saved and handed to the editors."""
    post, user = my_post(post_id), member()
    form = PostForm(post=post, pending=pending_of(post_id))

    require(policies.can_submit(user, post))
    if not form.is_valid():
        return show_editor(form, post)

    return save(post_id, user, form) or _submit(my_post(post_id), user)


@blueprint.post("/write/<int:post_id>/review/deletion")
@login_required
def delete_review(post_id: int) -> Answer:
    """What is in the editor is saved, and taken back from the editors."""
    post, user = my_post(post_id), member()
    form = PostForm(post=post, pending=pending_of(post_id))

    if not form.is_valid():
        return show_editor(form, post)

    return save(post_id, user, form) or _withdraw(my_post(post_id), user)


@blueprint.post("/write/<int:post_id>/review/approval")
@login_required
def create_approval(post_id: int) -> Answer:
    """What is in the editor is saved and published, unless somebody else sent it back."""
    post, user = my_post(post_id), member()
    form = PostForm(post=post, pending=pending_of(post_id))

    require(policies.can_review(user))
    if not form.is_valid():
        return show_editor(form, post)

    if problem := save(post_id, user, form):
        return problem
    try:
        return publish(my_post(post_id), user, form, operations.approve_post)
    except NotInReview:
        flash(_("Not published: somebody else sent it back meanwhile."), WARNING)
        return _to_editor(post_id)


@blueprint.post("/write/<int:post_id>/review/return")
@login_required
def create_return(post_id: int) -> Answer:
    """What is in the editor is saved, and its author gets it back with a note."""
    post, user = my_post(post_id), member()
    form = PostForm(post=post, pending=pending_of(post_id))

    require(policies.can_review(user))
    if not (form.is_valid() and form.has_note()):
        return show_editor(form, post)

    return save(post_id, user, form, goes_on=True, is_read=False) or _send_back(my_post(post_id), user, form)


def _submit(post: Post, user: User) -> Response:
    try:
        operations.submit_post(post, by=user, now=clock.now())
        flash(_("Submitted for review. An editor publishes it or sends it back with a note."))
    except NotADraft:
        flash(_("Not submitted: it is no draft any more."), WARNING)
    except NothingToPublish:
        flash(_("Saved, but not submitted: a post needs a title and a text first."), WARNING)
    return _to_editor(post.id)


def _withdraw(post: Post, user: User) -> Response:
    try:
        operations.withdraw_post(post, by=user)
        flash(_("Withdrawn: it is a draft again."))
    except NotInReview:
        flash(_("Not withdrawn: it is not in review any more."), WARNING)
    return _to_editor(post.id)


def _send_back(post: Post, user: User, form: PostForm) -> Response:
    try:
        operations.send_back_post(post, (form.review_note.data or "").strip(), by=user, now=clock.now())
        flash(_("Sent back: it is a draft again, and your note stands beside it."))
    except NotInReview:
        flash(_("Not sent back: it is not in review any more. Your note stands beside it."), WARNING)
    return _to_editor(post.id)


def _to_editor(post_id: int) -> Response:
    return see_other(url_for("posts.edit_post", post_id=post_id))
