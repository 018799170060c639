"""A member's passkeys. A script asks the browser for them; the forms are sent like any other."""

from flask import Response, abort, flash, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __

from blog import clock
from blog.auth.confirmation import recently_confirmed
from blog.auth.current import member
from blog.auth.factors import forms, operations, passkeys, queries
from blog.auth.factors.current import asked_in_session
from blog.auth.factors.models import Passkey
from blog.auth.factors.operations import PasskeyTaken, TooManyPasskeys
from blog.auth.factors.passkeys import NewPasskey, PasskeyRefused
from blog.auth.factors.policies import must_be_verified
from blog.auth.factors.views.answers import as_json, changed_answer, own_session, passkeys_or_404
from blog.auth.models import User
from blog.auth.views.answers import form_page
from blog.auth.views.blueprint import blueprint
from blog.db import begin_write
from blog.web.responses import see_other

NEW = "new"
_REASONS: dict[type[Exception], object] = {
    PasskeyRefused: __("This passkey could not be checked. Try again; an admin’s has to ask for a PIN or the like."),
    PasskeyTaken: __("This passkey is there already."),
    TooManyPasskeys: __("You have as many passkeys as there may be. Remove one first."),
}


@blueprint.post("/account/security/passkeys/options")
@recently_confirmed
def ask_for_new_passkey() -> Response:
    """What the browser needs to make a key for a member."""
    passkeys_or_404()
    user = member()

    begin_write()
    known = queries.factors_of(user).passkeys
    verified = must_be_verified(user)
    return as_json(passkeys.ask_for_new_passkey(user, asked_in_session(NEW), known, verified=verified, now=clock.now()))


@blueprint.route("/account/security/passkeys", methods=["GET", "POST"])
@recently_confirmed
def add_passkey() -> Response | str | tuple[str, int]:
    """A member adds a key that the browser has made."""
    passkeys_or_404()
    user = member()
    form = forms.NewPasskeyForm()

    if not form.is_valid():
        return form_page("auth/add_passkey.html", form)

    try:
        new = _read(form, user)
        begin_write()
        operations.add_passkey(user, new, form.name.data, keep_session=own_session().id, now=clock.now())
    except (PasskeyRefused, PasskeyTaken, TooManyPasskeys) as refusal:
        form.refuse("credential", _REASONS[type(refusal)])
        return form_page("auth/add_passkey.html", form)
    flash(_("The passkey is added."))
    return changed_answer(user, _("A passkey was added for signing in."), operations.first_recovery_codes(user))


@blueprint.route("/account/security/passkeys/<int:passkey_id>", methods=["GET", "POST"])
@recently_confirmed
def edit_passkey(passkey_id: int) -> Response | str | tuple[str, int]:
    """A member calls a key something else."""
    passkey = _mine(passkey_id)
    form = forms.PasskeyNameForm(obj=passkey)

    if not form.is_valid():
        return form_page("auth/edit_passkey.html", form, passkey=passkey)

    begin_write()
    operations.rename_passkey(_mine(passkey_id), form.name.data)
    return see_other(url_for("auth.show_security"))


@blueprint.post("/account/security/passkeys/<int:passkey_id>/deletion")
@recently_confirmed
def delete_passkey(passkey_id: int) -> Response:
    """A key signs a member in no more."""
    _mine(passkey_id)

    begin_write()
    operations.delete_passkey(_mine(passkey_id), keep_session=own_session().id)
    flash(_("The passkey is removed here. Remove it on your device as well."))
    return changed_answer(member(), _("A passkey was removed from signing in."), [])


def _mine(passkey_id: int) -> Passkey:
    return queries.passkey_of(member(), passkey_id) or abort(404)


def _read(form: forms.NewPasskeyForm, user: User) -> NewPasskey:
    answer, asked = form.credential.data or "", asked_in_session(NEW)
    return passkeys.read_new_passkey(answer, asked, verified=must_be_verified(user), now=clock.now())
