"""People who have not confirmed their address yet: they see one page, and nothing else."""

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from blog import mail
from blog.auth import addresses, forms
from blog.auth.current import login_required, member, signed_in
from blog.auth.views.answers import form_page
from blog.auth.views.blueprint import blueprint
from blog.db import SAFE_METHODS, begin_write
from blog.web.responses import see_other

_OPEN = frozenset(
    {
        "auth.await_verification",
        "auth.log_out",
        "auth.open_take_back_link",
        "auth.open_verification_link",
        "auth.refuse_email",
        "auth.take_back",
        "auth.verify_email",
        "machines.show_health",
        "web.show_stylesheet",
    }
)


@blueprint.before_app_request
def hold_the_unverified() -> BaseResponse | None:
    """Send those who have to confirm their address to the page that says so."""
    user = signed_in()
    if user is None or not user.is_held or request.endpoint in _OPEN:
        return None
    return redirect(url_for("auth.await_verification"), 303) if request.method in SAFE_METHODS else abort(403)


@blueprint.route("/account/verification", methods=["GET", "POST"])
@login_required
def await_verification() -> Response | str | tuple[str, int]:
    """Confirm your address; or have the mail sent again, to another one if the first was wrong."""
    user = member()
    if not user.is_held:
        return see_other(url_for("auth.change_email"))

    form = forms.EmailForm(email=user.unverified_email)
    if not form.is_valid():
        return form_page("auth/await_verification.html", form, email=user.unverified_email)

    begin_write()
    addresses.ask_to_verify(user, form.email.data)
    if mail.is_printed():
        flash(_("The mail to %(email)s stands in the terminal.", email=form.email.data))
    else:
        flash(_("We wrote to %(email)s. Check your mail.", email=form.email.data))
    return see_other(url_for("auth.await_verification"))
