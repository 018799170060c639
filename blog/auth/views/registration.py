"""Making an account."""

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext as _

from blog import clock, mail
from blog.auth import addresses, forms, operations, policies
from blog.auth.current import signed_in
from blog.auth.models import User
from blog.auth.operations import EmailTaken, Registration, UsernameTaken, UsernameTooAlike
from blog.auth.passwords import hash_password
from blog.auth.views.answers import form_page, keep_destination, signed_in_answer
from blog.auth.views.blueprint import blueprint
from blog.db import begin_write
from blog.site.current import current_site
from blog.web.limits import ACCOUNTS_AN_HOUR, limited
from blog.web.responses import see_other
from blog.web.security import local_path


@blueprint.route("/register", methods=["GET", "POST"])
@limited(network=f"{ACCOUNTS_AN_HOUR} per hour")
def create_account() -> Response | str | tuple[str, int]:
    """A visitor makes an account. Where mail can be sent, its address is to be confirmed first; else they are in."""
    form = forms.RegistrationForm()
    next_path = local_path(request.values.get("next"), url_for("posts.list_posts"))

    if not policies.can_register(signed_in(), current_site()):
        return see_other(next_path) if signed_in() else (render_template("auth/closed.html"), 403)

    if not form.is_valid():
        return form_page("auth/create_account.html", form, next=next_path)

    try:
        user = _register(form)
    except UsernameTaken as taken:
        refuse_name(form, taken)
        return form_page("auth/create_account.html", form, next=next_path)

    if user.is_held:
        keep_destination(next_path)
        return see_other(url_for("auth.show_registration_sent"))
    flash(_("Welcome, %(name)s.", name=user.display_name))
    return signed_in_answer(user, next_path, remember=False)


def refuse_name(form: forms.RegistrationForm, taken: UsernameTaken | EmailTaken) -> None:
    """Say on the form what is another's."""
    match taken:
        case UsernameTooAlike():
            form.refuse("username", _("This name looks too much like somebody else’s here. Choose another one."))
        case UsernameTaken():
            form.refuse("username", _("Somebody has this name. Choose another one."))
        case EmailTaken():
            form.refuse("email", _("There is an account with this address. Sign in with it, or ask for a reset link."))


@blueprint.get("/register/sent")
def show_registration_sent() -> str:
    """Check your mail: one page, whether the address has an account already or not."""
    return render_template("auth/registration_sent.html", days=addresses.UNVERIFIED_KEPT_FOR.days)


def _register(form: forms.RegistrationForm) -> User:
    password_hash = hash_password(form.password.data)
    begin_write()
    registration = Registration(form.username.data, None, password_hash, unverified_email=form.email.data)
    user = operations.register(registration, now=clock.now())
    if mail.can_send():
        addresses.hold_until_verified(user, now=clock.now())
    return user
