"""A forgotten password: asking for a link, and setting another one with it."""

from flask import Response, flash, render_template, url_for
from flask_babel import gettext as _

from blog import clock, mail
from blog.auth import addresses, forms, operations
from blog.auth.models import TokenPurpose
from blog.auth.notices import notify
from blog.auth.operations import TokenInvalid
from blog.auth.passwords import hash_password
from blog.auth.views.answers import form_page, found_or_404, known_device_answer
from blog.auth.views.blueprint import blueprint
from blog.db import begin_write
from blog.web.limits import LINKS_AN_HOUR, limited
from blog.web.links import forget_secret, keep_secret, kept_secret, mark_of, was_shown_for
from blog.web.responses import see_other

LINK = "reset"
"""The name of the cookie that holds the secret of the link."""


@blueprint.route("/reset", methods=["GET", "POST"])
@limited(network=f"{LINKS_AN_HOUR} per hour")
def ask_for_reset() -> Response | str | tuple[str, int]:
    """Somebody has forgotten their password; the answer is one, whether anybody has such a name or not."""
    form = forms.ResetRequestForm()

    if not mail.can_send() or not form.is_valid():
        return form_page("auth/ask_for_reset.html", form, can_send=mail.can_send())

    begin_write()
    addresses.ask_for_reset(form.login.data)
    return see_other(url_for("auth.show_reset_sent"))


@blueprint.get("/reset/sent")
def show_reset_sent() -> str:
    """Check your mail."""
    minutes = int(addresses.MAILED_LINK_LIFETIME.total_seconds() // 60)
    return render_template("auth/reset_sent.html", minutes=minutes)


@blueprint.get("/reset/<token>")
def open_reset_link(token: str) -> Response:
    """The link: its secret leaves the address before any page is shown."""
    return keep_secret(LINK, token, url_for("auth.reset_password"))


@blueprint.route("/reset/password", methods=["GET", "POST"])
@limited(network=f"{LINKS_AN_HOUR} per hour")
def reset_password() -> Response | str | tuple[str, int]:
    """Somebody with a link sets a password; they sign in with it afterwards."""
    secret = kept_secret(LINK)
    try:
        found = operations.find_token(secret, TokenPurpose.RESET_PASSWORD, now=clock.now()).user
    except TokenInvalid:
        return _spent()

    user = found_or_404(found)
    form = forms.NewPasswordForm(known=[user.username, user.email or ""])
    is_right = form.is_valid()
    if is_right and not was_shown_for(secret):
        form.refuse("password", _("Another link was opened here meanwhile. See whose account this is, and type again."))
        is_right = False
    if not is_right:
        return form_page("auth/reset_password.html", form, username=user.username, mark=mark_of(secret))

    password_hash = hash_password(form.password.data)
    begin_write()
    try:
        owner = found_or_404(operations.use_token(secret, TokenPurpose.RESET_PASSWORD, now=clock.now()))
    except TokenInvalid:
        return _spent()
    operations.change_password(owner, password_hash)
    notify(owner, _("Your password was set anew, with a link."))
    flash(_("Your password is set. Sign in with it."))
    return forget_secret(LINK, known_device_answer(owner, see_other(url_for("auth.log_in"))))


def _spent() -> tuple[str, int]:
    return render_template("auth/link_spent.html", again=url_for("auth.ask_for_reset")), 410
