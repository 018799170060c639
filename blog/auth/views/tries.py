"""Typed passwords: every try is counted before it is looked at."""

from flask import current_app, request
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from blog import clock
from blog.auth import forms, throttles
from blog.auth.devices import find_device
from blog.auth.factors.queries import is_right_code
from blog.auth.models import User
from blog.auth.names import username_key
from blog.auth.operations import Proof
from blog.auth.passwords import is_right, newer_hash
from blog.auth.throttles import Try
from blog.web.security import DEVICE_COOKIE


def begin_second_try(user: User) -> Try:
    """Count a code that comes after the right password before it is looked at, or refuse it (429)."""
    one = Try(f"code of {user.id}", request.remote_addr or "", _device_id(user), is_second=True)
    _begin(one)
    return one


def is_second_proof(one: Try, user: User, code: str) -> bool:
    """True if `code` proves that it is `user`; the outcome of the try is noted. Nothing spends the code yet."""
    if is_right_code(user, code, clock.now()):
        throttles.note_success(one)
        return True
    throttles.note_failure(one, user, clock.now())
    return False


def prove(user: User | None, login: str, password: str) -> Proof | None:
    """That `user` is there: they are active, and this is their password. Nobody's takes as long, and proves nothing.

    Until the proof is accepted, or noted as a success, the try counts as a failure.
    """
    one = _try(user, login)
    seen = user.password_hash if _begin(one) and user else None
    if not is_right(seen, password) or not user or not seen or not user.is_active:
        throttles.note_failure(one, user, clock.now())
        return None
    return Proof(seen, newer_hash(seen, password), one)


def proof_of(user: User, form: forms.ConfirmationForm) -> Proof | None:
    """That the password of now was typed; else the form says so, and guessing is throttled like signing in."""
    proof = prove(user, user.username, form.password.data)
    if not proof:
        form.refuse("password", _("This is not your password."))
    return proof


def confirms(user: User, form: forms.ConfirmationForm) -> bool:
    """True if the password of now was typed, which is noted; else the form says so."""
    proof = proof_of(user, form)
    if proof:
        throttles.note_success(proof.tried)
    return proof is not None


def _try(user: User | None, login: str) -> Try:
    """A password, for what was typed beside it and for the account, whichever of its names that was."""
    typed = username_key(login.strip())
    account = f"user {user.id}" if user else f"name {typed}"
    return Try(account, request.remote_addr or "", _device_id(user), typed=typed)


def _device_id(user: User | None) -> int | None:
    """The id of this browser if it is known to `user`."""
    device = find_device(user, request.cookies.get(current_app.config[DEVICE_COOKIE]), clock.now())
    return device.id if device else None


def _begin(one: Try) -> bool:
    """Count the try, or refuse it (429); False if it must fail, unseen."""
    begun = throttles.begin(one, clock.now())
    if begun.wait:
        raise TooManyRequests(retry_after=int(begun.wait.total_seconds()) + 1)
    return begun.may_look
