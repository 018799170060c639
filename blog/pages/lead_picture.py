"""Choosing the picture that leads a post: one of the library, or one that is sent right here."""

from flask import Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _

from blog import clock
from blog.auth.current import login_required, member
from blog.db import transaction
from blog.media.current import media_folder
from blog.media.files import forget_files
from blog.media.forms import read_uploads
from blog.media.models import Media
from blog.media.queries import media_behind
from blog.pages.blueprint import blueprint
from blog.pages.library import PICTURES_PER_PAGE, SEARCH_LENGTH, UploadForm, left_over, room_of, store_pictures
from blog.posts import library
from blog.posts.asking import my_post
from blog.posts.lead_pictures import put_lead_picture, worked_on
from blog.posts.models import Post
from blog.web.forms import LARGEST_ID, storable
from blog.web.limits import PICTURES_AN_HOUR, limited
from blog.web.pagination import Slice
from blog.web.responses import see_other


@blueprint.route("/write/<int:post_id>/picture", methods=["GET", "POST"])
@login_required
def choose_picture(post_id: int) -> Response | str:
    """One's pictures, of which one is chosen to lead the post, or none."""
    post = _post(post_id)
    if request.method == "GET":
        return _page(post, UploadForm())

    return _put(post_id, _chosen())


@blueprint.post("/write/<int:post_id>/picture/upload")
@limited(account=f"{PICTURES_AN_HOUR} per hour")
@login_required
def create_lead_picture(post_id: int) -> Response | tuple[str, int]:
    """A picture is sent, and leads the post."""
    post, form = _post(post_id), UploadForm()

    if not form.is_valid():
        return _page(post, form), 422

    sent = read_uploads(form.pictures.data[:1], media_folder(), room=room_of(member()))
    with transaction():  # of its own, as saving the post has
        names = [media.name for media in store_pictures(sent, alt=form.alt.data or "").values()]
    if not names:
        forget_files(left_over(sent))
        form.refuse("pictures", sent[0].refusal or "")
        return _page(_post(post_id), form), 422
    return _put(post_id, media_behind(names[0]))


def _post(post_id: int) -> Post:
    """The post, if it can be worked on: not in the trash."""
    post = my_post(post_id)
    return abort(404) if post.is_trashed else post


def _chosen() -> Media | None:
    """The picture that was chosen; None for none. What is not theirs is not found."""
    text = request.form.get("picture", "")
    if text == "none":
        return None
    media_id = int(text) if text.isascii() and text.isdecimal() and len(text) < 11 else 0
    return (library.find_picture(media_id, member()) if 0 < media_id <= LARGEST_ID else None) or abort(404)


def _page(post: Post, form: UploadForm) -> str:
    wanted = Slice.parse(request.args.get("before"), request.args.get("after"), PICTURES_PER_PAGE)
    words = storable(request.args.get("q", "")).strip()[:SEARCH_LENGTH]
    name = worked_on(post).picture
    return render_template(
        "write/lead_picture.html",
        post=post,
        form=form,
        page=library.library(member(), wanted, words=words),
        words=words,
        leading=media_behind(name) if name else None,
    )


def _put(post_id: int, media: Media | None) -> Response:
    if not put_lead_picture(_post(post_id), media, by=member(), now=clock.now()):
        flash(_("Somebody else chose another one at the same moment. Look, and choose again."), "warning")
    elif media:
        flash(_("The picture stands above the text."))
    else:
        flash(_("No picture stands above the text."))
    return see_other(url_for("posts.edit_post", post_id=post_id, _anchor="lead-picture"))
