"""Signing in and out."""

from flask import Response, request, url_for
from flask_babel import gettext as _

from blog.auth import forms, operations, queries
from blog.auth.current import current_session, signed_in
from blog.auth.factors.current import current_pending, passkeys_work
from blog.auth.factors.views.answers import password_proved_answer
from blog.auth.sessions import end_session
from blog.auth.views.answers import form_page
from blog.auth.views.blueprint import blueprint
from blog.auth.views.tries import prove
from blog.db import begin_write
from blog.site import audit
from blog.web.forms import storable
from blog.web.limits import LOG_INS_A_MINUTE, limited
from blog.web.responses import see_other
from blog.web.security import clear_session_cookie, local_path


def account_of_form() -> int | None:
    """The id of the account whose name was typed, without loading anybody; for the limits, before the form is read."""
    return queries.id_by_login(storable(request.form.get("login", "")))


@blueprint.route("/login", methods=["GET", "POST"])
@limited(network=f"{LOG_INS_A_MINUTE} per minute", by_device=account_of_form)
def log_in() -> Response | str | tuple[str, int]:
    """A visitor signs in; a wrong name and a wrong password are one answer, after the same time."""
    form = forms.LogInForm()
    next_path = local_path(request.values.get("next"), url_for("posts.list_posts"))
    if signed_in():
        return see_other(next_path)

    if not form.is_valid():
        return _page(form, next_path)

    user = queries.user_by_login(form.login.data)
    proof = prove(user, form.login.data, form.password.data)
    if not (user and proof):
        form.refuse("password", _("The name or the password is wrong."))
        return _page(form, next_path)

    begin_write()
    operations.accept_proof(user, proof)
    return password_proved_answer(user, next_path, remember=form.remember.data)


def _page(form: forms.LogInForm, next_path: str) -> str | tuple[str, int]:
    """A passkey that the field for the name offers would end a sign-in that waits for its second factor elsewhere."""
    is_waiting = current_pending() is not None
    return form_page("auth/log_in.html", form, next=next_path, passkeys_work=passkeys_work(), is_waiting=is_waiting)


@blueprint.post("/logout")
def log_out() -> Response:
    """This browser is signed out, and goes on to where the form says."""
    if session := current_session():
        user, session_id = session.user, session.id
        begin_write()
        end_session(user, session_id)
        audit.record("session_expired", subject=user, reason="signed out")

    response = see_other(local_path(request.form.get("next"), url_for("posts.list_posts")))
    clear_session_cookie(response)
    # Not "storage" as well: that holds what the reader chose on this machine, and no secret.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
