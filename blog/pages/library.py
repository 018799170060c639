"""The library: an author's pictures. They are sent here and from the editor, described, replaced and deleted."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, flash, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from flask_babel import ngettext
from flask_wtf.file import FileField, MultipleFileField
from wtforms import TextAreaField
from wtforms.validators import Length, ValidationError

from blog import clock
from blog.auth.current import login_required, member
from blog.auth.models import User
from blog.db import begin_write
from blog.media import operations, policies, queries
from blog.media.current import media_folder, media_quota
from blog.media.files import forget_files
from blog.media.forms import MOST_AT_ONCE, OVER_QUOTA, Sent, read_uploads
from blog.media.models import ALT_LENGTH, CAPTION_LENGTH, Media
from blog.media.operations import AlreadyThere, OverQuota
from blog.pages.blueprint import blueprint
from blog.posts import library
from blog.posts.library import InUse
from blog.web.forms import LARGEST_ID, Form, OneLine, TextField, lines, storable
from blog.web.limits import PICTURES_AN_HOUR, limited
from blog.web.pagination import Slice
from blog.web.responses import see_other

PICTURES_PER_PAGE = 24
SEARCH_LENGTH = 100
TYPES = "image/jpeg,image/png,image/gif,image/webp,image/avif"
"""What a browser offers to choose; what is taken is decided by the content."""
_TOO_LONG = __("Use at most %(max)d characters.")
_WHAT_IT_SHOWS = __("What it shows, for those who do not see it.")


class UploadForm(Form):
    """Pictures to be sent; the description is that of a single one."""

    pictures = MultipleFileField(__("Pictures"), render_kw={"accept": TYPES})
    alt = TextField(
        __("Description"), validators=[Length(max=ALT_LENGTH, message=_TOO_LONG), OneLine(__("Use one line."))]
    )

    def validate_pictures(self, field: MultipleFileField) -> None:
        """Refuse none, and more than a request should work on."""
        field.data = [one for one in field.data or [] if one and one.filename]
        if not field.data:
            raise ValidationError(_("Choose a picture first."))
        if len(field.data) > MOST_AT_ONCE:
            raise ValidationError(_("Send at most %(most)d pictures at once.", most=MOST_AT_ONCE))


class DescriptionForm(Form):
    """What is said of a picture."""

    alt = TextAreaField(
        __("Description"),
        filters=[lines],
        description=_WHAT_IT_SHOWS,
        validators=[Length(max=ALT_LENGTH, message=_TOO_LONG)],
    )
    caption = TextAreaField(
        __("Caption"),
        filters=[lines],
        description=__("Stands below it where it is put into a post, if you like."),
        validators=[Length(max=CAPTION_LENGTH, message=_TOO_LONG)],
    )


class ReplacementForm(Form):
    """Another picture in the place of one."""

    picture = FileField(__("Another picture"), render_kw={"accept": TYPES})

    def validate_picture(self, field: FileField) -> None:
        """Refuse none."""
        if not field.data:
            raise ValidationError(_("Choose a picture first."))


@blueprint.get("/write/media")
@login_required
def list_pictures() -> str:
    """The pictures that this person may work on: all, the unused, those without a description; or what was searched."""
    _writer()
    return _library(UploadForm())


@blueprint.post("/write/media")
@limited(account=f"{PICTURES_AN_HOUR} per hour")
@login_required
def create_pictures() -> Response | tuple[Response | str, int]:
    """Pictures are sent, by the form or by a script, which gets JSON; each is taken or refused for itself."""
    user, form = _writer(), UploadForm()

    if not form.is_valid():
        return _not_sent(form)

    sent = read_uploads(form.pictures.data, media_folder(), room=room_of(user))
    begin_write()
    stored = store_pictures(sent, alt=form.alt.data or "")

    return _as_json(sent, stored) if _wants_json() else _uploaded(form, sent, stored)


@blueprint.route("/write/media/descriptions", methods=["GET", "POST"])
@login_required
def describe_pictures() -> Response | str:
    """One's newest pictures without a description, to be described one below the other."""
    user = _writer()
    if request.method == "GET":
        return render_template("write/describe.html", tiles=library.undescribed(user, MOST_AT_ONCE), length=ALT_LENGTH)

    typed = _typed_descriptions()
    begin_write()
    for media in library.find_pictures(typed, member()):
        operations.describe_picture(media, typed[media.id], media.caption, by=member())
    flash(ngettext("One picture is described.", "%(num)s pictures are described.", len(typed)))
    return see_other(url_for("pages.list_pictures"))


@blueprint.route("/write/media/<int:media_id>", methods=["GET", "POST"])
@login_required
def edit_picture(media_id: int) -> Response | str | tuple[str, int]:
    """One picture: what it shows, where it stands, what can be done with it."""
    media = _picture(media_id)
    form = DescriptionForm(obj=media)

    if not form.is_valid():
        return _page(media, form)

    begin_write()
    alt = " ".join((form.alt.data or "").split())
    operations.describe_picture(_picture(media_id), alt, form.caption.data or "", by=member())
    flash(_("Saved."))
    return see_other(url_for("pages.edit_picture", media_id=media_id))


@blueprint.post("/write/media/<int:media_id>/replacement")
@limited(account=f"{PICTURES_AN_HOUR} per hour")
@login_required
def create_replacement(media_id: int) -> Response | str | tuple[str, int]:
    """Another picture takes the place of one, wherever that stands."""
    media, form = _picture(media_id), ReplacementForm()

    if not form.is_valid():
        return _page(media, replacement=form)

    [sent] = read_uploads([form.picture.data], media_folder(), room=None)
    begin_write()
    _replace(media_id, sent)
    if sent.refusal:
        form.refuse("picture", sent.refusal)
        return _page(_picture(media_id), replacement=form)
    flash(_("Replaced. The posts that show it follow within a minute."))
    return see_other(url_for("pages.edit_picture", media_id=media_id))


@blueprint.post("/write/media/<int:media_id>/deletion")
@login_required
def delete_picture(media_id: int) -> Response | tuple[str, int]:
    """A picture that stands nowhere goes; one that does stays, and the page says where it stands."""
    _picture(media_id)

    begin_write()
    try:
        library.delete_picture(_picture(media_id), by=member(), now=clock.now())
    except InUse:
        return _rendered(
            _picture(media_id), problem=_("It is not deleted, since it is still used. Take it out there first.")
        ), 409
    flash(_("The picture is deleted."))
    return see_other(url_for("pages.list_pictures"))


def store_pictures(sent: Sequence[Sent], *, alt: str) -> dict[int, Media]:
    """The rows of what was sent, by its place; what goes beyond the quota now is refused, and its file removed."""
    stored, now, quota = {}, clock.now(), media_quota()
    for place, one in enumerate(sent):
        if one.picture is None:
            continue
        try:
            stored[place] = operations.upload_picture(
                one.picture,
                by=member(),
                quota=quota,
                now=now,
                alt=alt if len(sent) == 1 else "",
                original_name=one.file_name,
            )
        except OverQuota:
            one.refusal = str(OVER_QUOTA)
    if left := left_over(sent):
        operations.remove_files(left, now=now)
    return stored


def _replace(media_id: int, sent: Sent) -> None:
    """Put what was sent in the picture's place, or note why not."""
    if sent.picture is None:
        return
    try:
        operations.replace_picture(
            _picture(media_id),
            sent.picture,
            by=member(),
            quota=media_quota(),
            now=clock.now(),
            original_name=sent.file_name,
        )
    except OverQuota:
        sent.refusal = str(OVER_QUOTA)
        forget_files({sent.picture.name})
    except AlreadyThere:
        sent.refusal = _("This picture is on the site already. Use that one instead.")


def left_over(sent: Sequence[Sent]) -> set[str]:
    """The names of files that were made of what was then refused."""
    return {one.picture.name for one in sent if one.picture and one.refusal}


def _uploaded(form: UploadForm, sent: Sequence[Sent], stored: dict[int, Media]) -> Response | tuple[str, int]:
    """After the form: on to the one picture, or to describing several; back to the form if there is none."""
    refused = [
        _("%(file)s: %(reason)s", file=one.file_name or _("A file"), reason=one.refusal) for one in sent if one.refusal
    ]
    if not stored:
        forget_files(left_over(sent))
        for reason in refused:
            form.refuse("pictures", reason)
        return _library(form), 422
    for reason in refused:
        flash(reason, "warning")
    if len(stored) == 1:
        [media] = stored.values()
        if library.find_picture(media.id, member()):
            flash(_("The picture is here. Say what it shows, if you have not yet."))
            return see_other(url_for("pages.edit_picture", media_id=media.id))
    flash(ngettext("One picture is here.", "%(num)s pictures are here. Say what they show.", len(stored)))
    return see_other(url_for("pages.describe_pictures"))


def _as_json(sent: Sequence[Sent], stored: dict[int, Media]) -> tuple[Response, int]:
    pictures = [_particulars(media, sent[place].file_name) for place, media in stored.items()]
    refused = [{"file": one.file_name, "reason": one.refusal} for one in sent if one.refusal]
    if not stored:
        forget_files(left_over(sent))
    return jsonify(pictures=pictures, refused=refused), 201 if pictures else 422


def _particulars(media: Media, file_name: str) -> dict[str, Any]:
    own = policies.can_edit(member(), media)
    return {
        "id": media.id,
        "file": file_name,
        "name": media.name,
        "url": media.url,
        "width": media.width,
        "height": media.height,
        "alt": media.alt,
        "markdown": media.markdown,
        "page": url_for("pages.edit_picture", media_id=media.id) if own else None,
    }


def _not_sent(form: UploadForm) -> tuple[Response | str, int]:
    if _wants_json():
        reason = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return make_response(jsonify(pictures=[], refused=[{"file": "", "reason": reason}])), 422
    return _library(form), 422


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _library(form: UploadForm) -> str:
    user = member()
    only = request.args.get("only", "all")
    if only not in library.FILTERS:
        abort(404)
    words = storable(request.args.get("q", ""))[:SEARCH_LENGTH]
    wanted = Slice.parse(request.args.get("before"), request.args.get("after"), PICTURES_PER_PAGE)
    quota = media_quota() if policies.has_quota(user) else None
    return render_template(
        "write/media.html",
        form=form,
        page=library.library(user, wanted, words=words, only=only),
        only=only,
        words=words,
        quota=quota,
        taken=queries.bytes_of(user.id) if quota else 0,
    )


def _page(
    media: Media, form: DescriptionForm | None = None, replacement: ReplacementForm | None = None
) -> str | tuple[str, int]:
    page = _rendered(media, form, replacement)
    return (page, 422) if (form and form.errors) or (replacement and replacement.errors) else page


def _rendered(
    media: Media,
    form: DescriptionForm | None = None,
    replacement: ReplacementForm | None = None,
    problem: str | None = None,
) -> str:
    return render_template(
        "write/picture.html",
        media=media,
        shown=queries.shown_at(media.url),
        form=form or DescriptionForm(formdata=None, obj=media),
        replacement=replacement or ReplacementForm(formdata=None),
        uses=library.uses_of(media),
        problem=problem,
    )


def _typed_descriptions() -> dict[int, str]:
    """What was typed for which picture; empty fields say nothing."""
    found = {}
    for name, value in request.form.items():
        number = name.removeprefix("alt-")
        if name.startswith("alt-") and number.isascii() and number.isdecimal() and len(number) < 11:
            text = " ".join(storable(value).split())[:ALT_LENGTH]
            if text and int(number) <= LARGEST_ID:
                found[int(number)] = text
    return found


def room_of(user: User) -> int | None:
    """How many bytes somebody may still send; None for any number."""
    quota = media_quota()
    return max(0, quota - queries.bytes_of(user.id)) if quota is not None and policies.has_quota(user) else None


def _writer() -> User:
    user = member()
    return user if policies.can_upload(user) else abort(403)


def _picture(media_id: int) -> Media:
    return library.find_picture(media_id, _writer()) or abort(404)
