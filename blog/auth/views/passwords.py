"""Setting another password, after the one of now."""

from flask import Response, abort, flash, url_for
from flask_babel import gettext as _

from blog import clock
from blog.auth import forms, operations
from blog.auth.confirmation import recently_confirmed
from blog.auth.current import begin_session_cookie, current_session, member
from blog.auth.notices import notify
from blog.auth.passwords import hash_password
from blog.auth.sessions import renew_session
from blog.auth.views.answers import form_page, known_device_answer
from blog.auth.views.blueprint import blueprint
from blog.db import begin_write
from blog.web.responses import see_other


@blueprint.route("/account/password", methods=["GET", "POST"])
@recently_confirmed
def change_password() -> Response | str | tuple[str, int]:
    """A member sets another password; their other browsers are signed out."""
    user = member()
    form = forms.NewPasswordForm(known=[user.username, user.email or ""])

    if not form.is_valid():
        return form_page("auth/change_password.html", form)

    password_hash = hash_password(form.password.data)
    begin_write()
    session = current_session() or abort(401)
    operations.change_password(user, password_hash, keep_session=session.id)
    notify(user, _("Your password was changed."))
    flash(_("Your password is changed. Other devices are signed out."))
    secret = renew_session(session, clock.now())
    answer = begin_session_cookie(see_other(url_for("auth.change_password")), secret, remember=session.is_remembered)
    return known_device_answer(user, answer)
