"""Writing, changing, deleting and hiding comments; what came for those who write."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _

from blog import clock
from blog.auth.current import login_required, member, signed_in
from blog.auth.models import User
from blog.comments import operations, policies, queries
from blog.comments.forms import CommentForm
from blog.comments.models import Comment
from blog.comments.operations import AlreadyCreated, CommentsClosed, KeyUsed, ParentGone, TooLate
from blog.comments.threads import COMMENTS_PER_PAGE
from blog.db import begin_write, db
from blog.posts.models import Post
from blog.posts.queries import id_at
from blog.web.limits import COMMENTS_A_MINUTE, COMMENTS_AN_HOUR, NETWORK_COMMENTS_A_MINUTE, limited
from blog.web.pagination import Cursor, Slice
from blog.web.responses import see_other
from blog.web.security import local_path

blueprint = Blueprint("comments", __name__)

RECEIVED_PER_PAGE = 30

Finder = Callable[[int, User, datetime], Comment | None]


@blueprint.post("/posts/<slug>/comments")
@limited(
    network=f"{NETWORK_COMMENTS_A_MINUTE} per minute",
    account=f"{COMMENTS_A_MINUTE} per minute; {COMMENTS_AN_HOUR} per hour",
)
@login_required
def create_comment(slug: str) -> Response | tuple[str, int]:
    """A signed-in reader says something about a post, or answers a comment."""
    post_id = id_at(slug, member(), clock.now()) or abort(404)
    form = CommentForm()

    if not form.is_valid():
        return _form_again(form, slug)

    try:
        comment = _create(form, post_id)
    except AlreadyCreated as earlier:
        comment = earlier.comment
    except KeyUsed:
        form.renew_key()
        form.refuse("body", _("You have sent a comment from this page already. Send this one, too?"))
        return _form_again(form, slug)
    except CommentsClosed:
        form.refuse("body", _("Comments on this post were closed meanwhile."))
        return _form_again(form, slug)
    except ParentGone:
        form.parent_id.data, form.parent_id.raw_data = None, None
        form.refuse("body", _("The comment that you answer is gone. You can send yours as one of its own."))
        return _form_again(form, slug)
    return see_other(url_for("comments.show_comment", comment_id=comment.id))


@blueprint.get("/comments/<int:comment_id>")
def show_comment(comment_id: int) -> Response:
    """The way to a comment: its place on the right page of its post's thread."""
    comment = queries.find_comment(comment_id, signed_in(), clock.now()) or abort(404)
    after = queries.page_start(comment, COMMENTS_PER_PAGE)
    return see_other(url_for("pages.show_post", slug=comment.post.slug, after=after, _anchor=f"comment-{comment.id}"))


@blueprint.route("/comments/<int:comment_id>/edit", methods=["GET", "POST"])
@login_required
def edit_comment(comment_id: int) -> Response | str | tuple[str, int]:
    """A reader changes what they said, for a quarter of an hour."""
    comment = _shown(_mine(comment_id))
    form = CommentForm(obj=comment)

    if not policies.can_edit(member(), comment, clock.now()) or not form.is_valid():
        return _edit_page(form, comment)

    remark = form.remark()
    begin_write()
    comment = _shown(_mine(comment_id, queries.hold_comment))
    try:
        operations.edit_comment(comment, remark, by=member(), now=clock.now())
    except TooLate:
        return _edit_page(form, comment)
    return see_other(url_for("comments.show_comment", comment_id=comment_id))


@blueprint.post("/comments/<int:comment_id>/deletion")
@login_required
def delete_comment(comment_id: int) -> Response:
    """A reader takes back what they said."""
    _mine(comment_id)

    begin_write()
    comment = _mine(comment_id, queries.hold_comment)
    operations.delete_comment(comment, by=member(), now=clock.now())
    flash(_("Your comment is deleted."))
    return see_other(url_for("pages.show_post", slug=comment.post.slug, _anchor="comments"))


@blueprint.post("/comments/<int:comment_id>/hiding")
@login_required
def hide_comment(comment_id: int) -> Response:
    """The post's author or an editor keeps a comment from readers."""
    _moderated(comment_id)

    begin_write()
    operations.hide_comment(_moderated(comment_id, queries.hold_comment), by=member(), now=clock.now())
    return _back_to(comment_id)


@blueprint.post("/comments/<int:comment_id>/hiding/deletion")
@login_required
def show_again(comment_id: int) -> Response:
    """The post's author or an editor shows a hidden comment again."""
    _moderated(comment_id)

    begin_write()
    operations.show_comment_again(_moderated(comment_id, queries.hold_comment), by=member())
    return _back_to(comment_id)


@blueprint.get("/write/comments")
@login_required
def list_received() -> str:
    """What readers said about the posts that this person may work on."""
    user = _writer()
    wanted = Slice.parse(request.args.get("before"), request.args.get("after"), RECEIVED_PER_PAGE)
    page = queries.received_comments(user, wanted)
    return render_template(
        "write/comments.html",
        page=page,
        now=clock.now(),
        seen_until=queries.seen_until(user),
        newest=Cursor(page.rows[0].created_at, page.rows[0].id) if page.rows else None,
    )


@blueprint.post("/write/comments/seen")
@login_required
def mark_received_seen() -> Response:
    """The count beside Comments starts again, from the newest one that the page showed."""
    user, now = _writer(), clock.now()
    newest = Cursor.parse(request.form.get("until"))

    begin_write()
    operations.mark_received_seen(user, min(newest.key, now) if newest else now)
    return see_other(url_for("comments.list_received"))


def _create(form: CommentForm, post_id: int) -> Comment:
    remark, author = form.remark(), member()
    begin_write()
    post = db.session.get(Post, post_id) or abort(404)
    parent = None
    if form.parent_id.data:
        parent = db.session.get(Comment, form.parent_id.data)
        if parent is None:
            raise ParentGone
    return operations.create_comment(post, remark, author=author, parent=parent, now=clock.now())


def _form_again(form: CommentForm, slug: str) -> tuple[str, int]:
    return render_template("comments/form.html", form=form, slug=slug), 422


def _edit_page(form: CommentForm, comment: Comment) -> str | tuple[str, int]:
    """The form, or the text typed too late, to be copied."""
    too_late = not policies.can_edit(member(), comment, clock.now())
    page = render_template("comments/edit.html", form=form, comment=comment, too_late=too_late)
    return (page, 409) if too_late else (page, 422) if form.errors else page


def _writer() -> User:
    return member() if member().can_write else abort(403)


def _mine(comment_id: int, find: Finder = queries.find_comment) -> Comment:
    comment = find(comment_id, member(), clock.now())
    return comment if comment and comment.author_id == member().id else abort(404)


def _shown(comment: Comment) -> Comment:
    return comment if comment.is_shown else abort(404)


def _moderated(comment_id: int, find: Finder = queries.find_comment) -> Comment:
    """The comment, for those who may hide it; others who see it are told that they may not."""
    comment = find(comment_id, member(), clock.now()) or abort(404)
    return comment if policies.can_hide(member(), comment.post.author_ids) else abort(403)


def _back_to(comment_id: int) -> Response:
    """Where the button was: in the list of received comments, or in the thread."""
    in_thread = url_for("comments.show_comment", comment_id=comment_id)
    return see_other(local_path(request.form.get("next"), in_thread))
