"""What members show of themselves."""

from typing import Any

from flask import Response, flash, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types of WTForms
from wtforms.validators import DataRequired, Length, ValidationError

from blog import clock
from blog.auth import operations
from blog.auth.current import login_required, member
from blog.auth.models import ProfileLink, User
from blog.auth.operations import PosesAsAnother, Profile
from blog.belongings.pictures import remove_old_portrait
from blog.db import begin_write
from blog.markdown import render_comment
from blog.media.current import media_folder
from blog.media.forms import REFUSALS, read_upload
from blog.media.operations import add_media
from blog.media.pictures import Picture, PictureRefused
from blog.pages.blueprint import blueprint
from blog.site.current import current_site
from blog.site.time_zones import zone_names
from blog.web.forms import Form, OneLine, TextField, lines, zone_choices
from blog.web.limits import UPLOADS_AN_HOUR, limited
from blog.web.responses import see_other

BIO_LENGTH = 1000
LINKS_AT_MOST = 6
PICTURE_SIDE = 480


class ProfileForm(Form):
    """A member's name, picture, words about themselves, and links."""

    display_name = TextField(
        __("Name"),
        validators=[DataRequired(__("Enter a name.")), Length(max=80), OneLine(__("Use one line."))],
        render_kw={"autocomplete": "name"},
    )
    picture = FileField(__("Picture"), description=__("JPEG, PNG, GIF, WebP or AVIF; it is cut to a square."))
    remove_picture = BooleanField(__("Remove the picture"))
    bio = TextAreaField(
        __("About you"),
        filters=[lines],
        validators=[Length(max=BIO_LENGTH)],
        description=__("A sentence or two; Markdown works."),
    )
    links = TextAreaField(
        __("Links"),
        filters=[lines],
        validators=[Length(max=2000)],
        description=__("One a line: a label and an address, as in “Website https://example.org”."),
    )

    time_zone = SelectField(__("Time zone"), description=__("In which you type and read the hours of posts."))

    square: Picture | None = None
    """The picture that was sent, read and cut."""

    def __init__(self, user: User, **shown: Any) -> None:
        super().__init__(time_zone=user.time_zone or "", **shown)
        if not user.can_write:
            del self.time_zone  # who types no hours is not asked
            return
        sites = SelectChoice("", _("The site’s: %(zone)s", zone=current_site().time_zone.replace("_", " ")))
        names = zone_names()
        own = [user.time_zone] if user.time_zone and user.time_zone not in names else []
        self.time_zone.choices = [sites, *zone_choices([*own, *names])]

    def validate_picture(self, field: FileField) -> None:
        """Read the picture, or say why it won't do."""
        if field.data:
            try:
                self.square = read_upload(field.data, square=PICTURE_SIDE)
            except PictureRefused as refused:
                raise ValidationError(str(REFUSALS[refused.reason])) from refused

    def validate_links(self, field: TextAreaField) -> None:
        """Refuse what is no web address."""
        links = parse_links(field.data or "")
        if len(links) > LINKS_AT_MOST:
            raise ValidationError(_("At most %(most)d links.", most=LINKS_AT_MOST))
        for link in links:
            if not link["url"].startswith(("https://", "http://")) or len(link["url"]) > 300:
                raise ValidationError(
                    _("“%(link)s” is not a web address: begin it with https://.", link=link["url"][:80])
                )


@blueprint.route("/account/", methods=["GET", "POST"])
@limited(account=f"{UPLOADS_AN_HOUR} per hour")
@login_required
def edit_profile() -> Response | str | tuple[str, int]:
    """A member's own page about themselves."""
    user = member()
    form = ProfileForm(user, display_name=user.display_name, bio=user.bio, links=print_links(user.links))

    if not form.is_valid():
        return _page(form)

    bio_html = render_comment(form.bio.data or "").html
    if form.square:
        media_folder().keep(form.square)
    begin_write()
    before = user.picture_name
    try:
        operations.change_profile(user, _profile(form, user, bio_html))
        remove_old_portrait(before, now=clock.now())
    except PosesAsAnother:
        form.refuse("display_name", _("Readers could take you for somebody else with this name. Choose another one."))
        return _page(form)
    flash(_("Your profile is saved."))
    return see_other(url_for("pages.edit_profile"))


def parse_links(text: str) -> list[ProfileLink]:
    """The links typed one a line: the last word is the address, the words before it the label."""
    links = []
    for line in text.splitlines():
        label, _space, url = line.strip().rpartition(" ")
        if url:
            links.append(ProfileLink(label=label.strip()[:60] or url.split("://")[-1].strip("/")[:60], url=url))
    return links


def print_links(links: list[ProfileLink]) -> str:
    """The links as they are typed."""
    return "\n".join(f"{link['label']} {link['url']}" for link in links)


def _page(form: ProfileForm) -> str | tuple[str, int]:
    page = render_template("pages/profile.html", form=form)
    return (page, 422) if form.errors else page


def _profile(form: ProfileForm, user: User, bio_html: str) -> Profile:
    return Profile(
        display_name=form.display_name.data,
        bio=form.bio.data or "",
        bio_html=bio_html,
        links=parse_links(form.links.data or ""),
        picture_name=_picture_name(form, user),
        time_zone=(form.time_zone.data or None) if "time_zone" in form else user.time_zone,
    )


def _picture_name(form: ProfileForm, user: User) -> str | None:
    if form.square:
        return add_media(form.square, uploader=user, now=clock.now(), is_portrait=True).name
    return None if form.remove_picture.data else user.picture_name
