"""The way in that is more than a password: the second factor after it, or a passkey alone."""

from flask import Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _

from blog import clock
from blog.auth.current import login_required, member, renew_session_cookie, signed_in
from blog.auth.factors import forms, operations, passkeys, queries
from blog.auth.factors.current import (
    account_of_waiting,
    asked_by,
    asked_in_session,
    current_pending,
    passkeys_work,
    pending_secret,
)
from blog.auth.factors.models import CHALLENGE_LIFETIME
from blog.auth.factors.operations import WrongCode
from blog.auth.factors.passkeys import PasskeyRefused
from blog.auth.factors.pending import PendingGone, count_try, finish_pending
from blog.auth.factors.policies import must_be_verified
from blog.auth.factors.views.answers import as_json, own_session, passkeys_or_404, without_pending
from blog.auth.models import User
from blog.auth.sessions import confirm_session, new_secret
from blog.auth.views.answers import signed_in_answer
from blog.auth.views.blueprint import blueprint
from blog.auth.views.tries import begin_second_try, is_second_proof
from blog.db import begin_write
from blog.site import audit
from blog.web.limits import LOG_INS_A_MINUTE, limited
from blog.web.responses import see_other
from blog.web.security import local_path, set_pending_cookie

ALONE, SECOND, CONFIRMING = "alone", "second", "confirming"


@blueprint.route("/login/factor", methods=["GET", "POST"])
@limited(network=f"{LOG_INS_A_MINUTE} per minute", by_device=account_of_waiting)
def prove_factor() -> Response:
    """Somebody whose password was right types a code of their app, or one of their recovery codes."""
    pending, form = current_pending(), forms.CodeForm()
    if pending is None:
        return _begin_again()

    user = pending.user
    if not form.is_valid():
        return _factor_page(form, user)

    try:
        if _is_right(user, form.code.data):
            begin_write()
            user, remember = finish_pending(pending_secret())
            operations.use_code(user, form.code.data, clock.now())
            return without_pending(signed_in_answer(user, _next_path(), remember=remember))
    except PendingGone:
        return _begin_again()
    except WrongCode:  # somebody else has just used it
        pass
    form.refuse("code", _("This code is not right, or it was used already."))
    return _factor_page(form, user)


@blueprint.post("/login/factor/passkey/options")
@limited(network=f"{LOG_INS_A_MINUTE} per minute", by_device=account_of_waiting)
def ask_for_second_passkey() -> Response:
    """What the browser needs to ask a key of the person whose password was right."""
    passkeys_or_404()
    pending = current_pending() or abort(403)
    user = pending.user

    begin_write()
    asked, theirs = asked_by(pending_secret() or "", SECOND), queries.factors_of(user).passkeys
    return as_json(passkeys.ask_for_passkey(asked, theirs, verified=must_be_verified(user), now=clock.now()))


@blueprint.post("/login/factor/passkey")
@limited(network=f"{LOG_INS_A_MINUTE} per minute", by_device=account_of_waiting)
def prove_factor_with_passkey() -> Response:
    """Somebody whose password was right shows a key of theirs."""
    pending, answer = current_pending(), forms.CredentialForm()
    if pending is None:
        return _begin_again()

    user, asked = pending.user, asked_by(pending_secret() or "", SECOND)
    try:
        proof = passkeys.read_proof(answer.answer(), asked, of=user, verified=False, now=clock.now())
        begin_write()
        user, remember = finish_pending(pending_secret())
        operations.use_passkey(proof, clock.now())
    except PendingGone:
        return _begin_again()
    except PasskeyRefused:
        return _refused(user, url_for("auth.prove_factor", next=_next_path()))
    return without_pending(signed_in_answer(user, _next_path(), remember=remember))


@blueprint.post("/login/passkey/options")
@limited(network=f"{LOG_INS_A_MINUTE} per minute")
def ask_for_passkey_alone() -> Response:
    """What the browser needs to let somebody sign in with a key and nothing else."""
    passkeys_or_404()

    begin_write()
    secret = new_secret()
    response = as_json(passkeys.ask_for_passkey(asked_by(secret, ALONE), [], verified=True, now=clock.now()))
    set_pending_cookie(response, secret, lifetime=CHALLENGE_LIFETIME)
    return response


@blueprint.post("/login/passkey")
@limited(network=f"{LOG_INS_A_MINUTE} per minute")
def log_in_with_passkey() -> Response:
    """A visitor signs in with a key that has checked that it is them: two factors in one."""
    answer = forms.PasskeyLogInForm()
    if signed_in():
        return see_other(_next_path())

    asked = asked_by(pending_secret() or "", ALONE)
    try:
        proof = passkeys.read_proof(answer.answer(), asked, of=None, verified=True, now=clock.now())
        begin_write()
        user = operations.use_passkey(proof, clock.now())
    except PasskeyRefused:
        return _refused(None, url_for("auth.log_in", next=_next_path()))
    return without_pending(signed_in_answer(user, _next_path(), remember=answer.remember.data))


@blueprint.post("/account/confirm/passkey/options")
@limited(network=f"{LOG_INS_A_MINUTE} per minute")
@login_required
def ask_for_confirming_passkey() -> Response:
    """What the browser needs to ask a key whether it is still its person."""
    passkeys_or_404()
    user = member()

    begin_write()
    asked, theirs = asked_in_session(CONFIRMING), queries.factors_of(user).passkeys
    return as_json(passkeys.ask_for_passkey(asked, theirs, verified=True, now=clock.now()))


@blueprint.post("/account/confirm/passkey")
@limited(network=f"{LOG_INS_A_MINUTE} per minute")
@login_required
def confirm_with_passkey() -> Response:
    """A member shows a key of theirs instead of typing the password again."""
    user, answer, next_path = member(), forms.CredentialForm(), _next_path("pages.edit_profile")

    try:
        asked = asked_in_session(CONFIRMING)
        proof = passkeys.read_proof(answer.answer(), asked, of=user, verified=True, now=clock.now())
        begin_write()
        operations.use_passkey(proof, clock.now())
    except PasskeyRefused:
        return _refused(user, url_for("auth.confirm_session", next=next_path))
    session = own_session()
    secret = confirm_session(session, clock.now())
    return renew_session_cookie(see_other(next_path), secret, remember=session.is_remembered)


def _is_right(user: User, code: str) -> bool:
    """Count the try, then look at the code. Raises `PendingGone` if there were enough."""
    one = begin_second_try(user)
    if not count_try(pending_secret()):
        raise PendingGone
    if is_second_proof(one, user, code):
        return True
    if current_pending() is None:  # that was the last try
        raise PendingGone
    return False


def _next_path(default: str = "posts.list_posts") -> str:
    return local_path(request.values.get("next"), url_for(default))


def _factor_page(form: forms.CodeForm, user: User) -> Response:
    factors = queries.factors_of(user)
    with_key = passkeys_work() and bool(factors.passkeys)
    page = render_template("auth/prove_factor.html", form=form, factors=factors, with_key=with_key, next=_next_path())
    response = Response(page, 422 if form.errors else 200)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _begin_again() -> Response:
    flash(_("Please sign in again: that took too long, or too many codes were wrong."), "error")
    return without_pending(see_other(url_for("auth.log_in", next=_next_path())))


def _refused(user: User | None, back: str) -> Response:
    audit.keep("authn_factor_fail", subject=user, factor="passkey")
    flash(_("This passkey was not accepted. Try again, or another way."), "error")
    return see_other(back)
