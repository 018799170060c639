"""Taking one's account back, by a link in the mail that told of a change."""

from flask import Response, flash, render_template, url_for
from flask_babel import gettext as _

from blog import clock
from blog.auth import forms, operations, taking_back
from blog.auth.factors.operations import Dropped
from blog.auth.models import TokenPurpose
from blog.auth.operations import EmailTaken, TokenInvalid
from blog.auth.views import resets
from blog.auth.views.blueprint import blueprint
from blog.db import begin_write
from blog.web.limits import LINKS_AN_HOUR, limited
from blog.web.links import forget_secret, keep_secret, kept_secret, mark_of, was_shown_for

LINK = "take-back"
"""The name of the cookie that holds the secret of the link."""


@blueprint.get("/take-back/<token>")
def open_take_back_link(token: str) -> Response:
    """The link: its secret leaves the address before any page is shown."""
    return keep_secret(LINK, token, url_for("auth.take_back"))


@blueprint.route("/take-back", methods=["GET", "POST"])
@limited(network=f"{LINKS_AN_HOUR} per hour")
def take_back() -> Response | str | tuple[str, int]:
    """Whoever got the mail takes the account back, with a button, and goes on to a new password."""
    secret, form = kept_secret(LINK), forms.Button()
    try:
        token = operations.find_token(secret, TokenPurpose.TAKE_BACK, now=clock.now())
        if not form.is_valid() or not was_shown_for(secret):
            return render_template("auth/take_back.html", email=token.email, user=token.user, mark=mark_of(secret))

        begin_write()
        taken = taking_back.take_back(secret, now=clock.now())
    except (TokenInvalid, EmailTaken):
        return render_template("auth/link_spent.html", again=url_for("auth.ask_for_reset")), 410
    flash(_("The account is yours again: everybody is signed out, and the password of before is void. Set a new one."))
    for sentence in _said(taken.dropped):
        flash(sentence)
    return forget_secret(LINK, keep_secret(resets.LINK, taken.reset, url_for("auth.reset_password")))


def _said(dropped: Dropped) -> list[str]:
    said = []
    if dropped.has_app:
        said.append(_("The authenticator app is removed."))
    said += [_("The passkey “%(name)s” is removed.", name=name) for name in dropped.passkeys]
    if dropped.has_codes:
        said.append(_("The recovery codes are void. If you still have a second step, make new ones."))
    return said
