"""Proving once more who one is, on the way to what asks for it."""

from flask import Response, abort, request, url_for
from flask_babel import gettext as _

from blog import clock
from blog.auth import forms
from blog.auth.current import current_session, login_required, member, renew_session_cookie
from blog.auth.factors.current import passkeys_work
from blog.auth.factors.forms import FullConfirmationForm
from blog.auth.factors.operations import WrongCode, use_code
from blog.auth.factors.queries import Factors, factors_of
from blog.auth.models import User
from blog.auth.sessions import confirm_session as confirm
from blog.auth.views.answers import form_page
from blog.auth.views.blueprint import blueprint
from blog.auth.views.tries import begin_second_try, confirms, is_second_proof
from blog.db import begin_write
from blog.web.responses import see_other
from blog.web.security import local_path


@blueprint.route("/account/confirm", methods=["GET", "POST"])
@login_required
def confirm_session() -> Response | str | tuple[str, int]:
    """A member shows again all that their sign-in asks for, and goes on to where they wanted."""
    user = member()
    factors = factors_of(user)
    form = FullConfirmationForm() if factors.any else forms.ConfirmationForm()
    next_path = local_path(request.values.get("next"), url_for("pages.edit_profile"))

    if not form.is_valid() or not confirms(user, form) or not _shows_factor(user, form):
        return _page(form, factors, next_path)

    begin_write()
    session = current_session() or abort(401)
    try:
        if isinstance(form, FullConfirmationForm):
            use_code(member(), form.code.data, clock.now())
    except WrongCode:  # another request has just used it
        _refuse_code(form)
        return _page(form, factors, next_path)
    secret = confirm(session, clock.now())
    return renew_session_cookie(see_other(next_path), secret, remember=session.is_remembered)


def _shows_factor(user: User, form: forms.ConfirmationForm) -> bool:
    """True if the code is right, or none is asked for: a stolen password alone takes no factor away."""
    if not isinstance(form, FullConfirmationForm) or is_second_proof(begin_second_try(user), user, form.code.data):
        return True
    _refuse_code(form)
    return False


def _refuse_code(form: forms.ConfirmationForm) -> None:
    form.refuse("code", _("This code is not right, or it was used already."))


def _page(form: forms.ConfirmationForm, factors: Factors, next_path: str) -> str | tuple[str, int]:
    with_key = passkeys_work() and bool(factors.passkeys)
    return form_page("auth/confirm.html", form, next=next_path, factors=factors, with_key=with_key)
