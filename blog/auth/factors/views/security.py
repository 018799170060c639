"""A member's second factors: what they have, the app, recovery codes."""

from flask import Response, flash, make_response, render_template, url_for
from flask_babel import gettext as _

from blog import clock
from blog.auth.confirmation import recently_confirmed
from blog.auth.current import login_required, member
from blog.auth.factors import codes, forms, operations
from blog.auth.factors.current import passkeys_work
from blog.auth.factors.operations import WrongCode
from blog.auth.factors.policies import must_have_factor
from blog.auth.factors.queries import factors_of, has_factor
from blog.auth.factors.views.answers import changed_answer, own_session
from blog.auth.notices import notify
from blog.auth.views.blueprint import blueprint
from blog.db import begin_write
from blog.site.current import current_site
from blog.web.responses import see_other


@blueprint.get("/account/security")
@login_required
def show_security() -> str:
    """What a member's sign-in asks for, and how to change it."""
    user = member()
    return render_template(
        "auth/security.html",
        factors=factors_of(user),
        is_required=must_have_factor(user, current_site()),
        passkeys_work=passkeys_work(),
    )


@blueprint.route("/account/security/authenticator", methods=["GET", "POST"])
@recently_confirmed
def add_authenticator() -> Response | str | tuple[str, int]:
    """A member lets an app show codes for them; the secret is kept once the app has shown a right one."""
    user = member()
    form = forms.AuthenticatorForm()

    if not form.is_valid():
        return _authenticator_page(form)
    if not form.was_offered(user.id):
        form.refuse("code", _("Begin again: this is not what was shown."))
        return _authenticator_page(form)

    begin_write()
    try:
        operations.set_authenticator(
            user, form.secret.data or "", form.code.data, keep_session=own_session().id, now=clock.now()
        )
    except WrongCode:
        form.refuse("code", _("This code is not right. Check that your device’s clock is right."))
        return _authenticator_page(form)
    flash(_("The app is set up: signing in asks for its code from now on."))
    return changed_answer(
        user, _("An authenticator app was set up for signing in."), operations.first_recovery_codes(user)
    )


@blueprint.post("/account/security/authenticator/deletion")
@recently_confirmed
def delete_authenticator() -> Response:
    """A member's app shows codes for them no more."""
    user = member()

    begin_write()
    operations.delete_authenticator(user, keep_session=own_session().id)
    flash(_("The app is removed."))
    return changed_answer(user, _("The authenticator app was removed from signing in."), [])


@blueprint.post("/account/security/recovery-codes")
@recently_confirmed
def create_recovery_codes() -> Response:
    """Ten new recovery codes, shown on this one answer and never again."""
    user = member()
    if not has_factor(user):
        return see_other(url_for("auth.show_security"))

    begin_write()
    fresh = operations.renew_recovery_codes(user)
    notify(user, _("New recovery codes were made; the ones of before are void."))
    return make_response(render_template("auth/recovery_codes.html", codes=fresh))


def _authenticator_page(form: forms.AuthenticatorForm) -> str | tuple[str, int]:
    secret = form.offer(member().id)
    address = codes.address_for_app(secret, username=member().username, site=current_site().title)
    shown = {"secret": secret, "address": address, "picture": codes.qr_code(address)}
    page = render_template("auth/add_authenticator.html", form=form, **shown)
    return (page, 422) if form.errors else page
