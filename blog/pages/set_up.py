"""The one-time page that names the site and makes its owner."""

from flask import Response, flash, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from wtforms import SelectField
from wtforms.validators import DataRequired, Length

from blog import clock
from blog.auth import operations, queries
from blog.auth.forms import RegistrationForm
from blog.auth.models import Role, TokenPurpose
from blog.auth.operations import AlreadySetUp, Registration, TokenInvalid
from blog.auth.passwords import hash_password
from blog.auth.views.answers import signed_in_answer
from blog.db import begin_write
from blog.pages.blueprint import blueprint
from blog.site import audit
from blog.site.current import forget_current_site
from blog.site.settings import change_settings
from blog.site.time_zones import former_names, zone_names
from blog.web.forms import OneLine, TextField, zone_choices
from blog.web.limits import LINKS_AN_HOUR, limited
from blog.web.links import forget_secret, keep_secret, kept_secret

LINK = "setup"
"""The name of the cookie that holds the secret of the link."""


class SetUpForm(RegistrationForm):
    """The site's name and where it is, and its owner's account."""

    site_title = TextField(
        __("Name of the site"),
        validators=[DataRequired(__("Name the site.")), Length(max=80), OneLine(__("Use one line."))],
        description=__("You can change it later."),
    )
    time_zone = SelectField(
        __("Time zone"),
        default="UTC",
        description=__("In which dates and times are shown."),
        choices=zone_choices(zone_names()),
    )

    def known_words(self) -> list[str]:
        """The password must not be made of the site's name either."""
        return [*super().known_words(), self.site_title.data or ""]


@blueprint.get("/setup/<token>")
def open_set_up_link(token: str) -> Response:
    """The printed link: its secret leaves the address before any page is shown."""
    return keep_secret(LINK, token, url_for("pages.set_up"))


@blueprint.route("/setup", methods=["GET", "POST"])
@limited(network=f"{LINKS_AN_HOUR} per hour")
def set_up() -> Response | str | tuple[str, int]:
    """Whoever opened the printed link becomes the owner; afterwards the page is gone."""
    secret = kept_secret(LINK)
    try:
        operations.find_token(secret, TokenPurpose.SET_UP, now=clock.now())
    except TokenInvalid:
        return _closed()

    form = SetUpForm()
    if not form.is_valid():
        page = render_template("pages/set_up.html", form=form, former_zones=former_names())
        return (page, 422) if form.errors else page

    password_hash = hash_password(form.password.data)
    begin_write()
    try:
        owner = operations.set_up_site(
            secret,
            Registration(form.username.data, form.email.data, password_hash, role=Role.ADMIN),
            now=clock.now(),
        )
    except (AlreadySetUp, TokenInvalid):
        return _closed()
    audit.note_actor(owner.subject)
    change_settings(title=form.site_title.data, time_zone=form.time_zone.data)
    forget_current_site()
    flash(_("The blog is yours. Write the first post."))
    return forget_secret(LINK, signed_in_answer(owner, url_for("posts.write_post"), remember=False))


def _closed() -> tuple[str, int]:
    """The blog has its owner already, and the page is gone; or the link is not the one of the last start."""
    is_set_up = queries.has_owner()
    return render_template("pages/set_up_closed.html", is_set_up=is_set_up), 410 if is_set_up else 404
