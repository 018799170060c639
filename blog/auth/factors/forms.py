"""The forms of second factors."""

import hmac

from flask import current_app
from flask_babel import lazy_gettext as __
from itsdangerous import Signer
from wtforms import BooleanField, HiddenField
from wtforms.validators import DataRequired, Length

from blog.auth.factors import codes
from blog.auth.factors.models import PASSKEY_NAME_LENGTH
from blog.auth.forms import ConfirmationForm
from blog.web.forms import Form, OneLine, TextField

CREDENTIAL_LENGTH = 16_000
"""Characters of a key's answer; they have one or two thousand."""
_CODE = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "maxlength": 40}


class CodeForm(Form):
    """What the app shows, or what stands on paper."""

    code = TextField(__("Code"), validators=[DataRequired(__("Enter the code.")), Length(max=40)], render_kw=_CODE)


class FullConfirmationForm(ConfirmationForm, CodeForm):
    """The password once more, and a code, for those whose sign-in asks for both."""


class AuthenticatorForm(CodeForm):
    """The secret that was shown, and the code that the app makes of it."""

    secret = HiddenField()
    seal = HiddenField()
    """That the secret was offered, and to whom: nobody else may choose it, and know it."""

    def offer(self, user_id: int) -> str:
        """The secret that is shown to `user_id`: that of before, if it was, so that a wrong code costs nothing."""
        if not self.was_offered(user_id):
            self.secret.data = codes.new_secret()
            self.seal.data = _seal(self.secret.data, user_id)
        return self.secret.data or ""

    def was_offered(self, user_id: int) -> bool:
        """True for a secret that was made here for `user_id`."""
        return hmac.compare_digest((self.seal.data or "").encode(), _seal(self.secret.data or "", user_id).encode())


def _seal(secret: str, user_id: int) -> str:
    signer = Signer(current_app.secret_key or "", salt="offered authenticator")
    return signer.get_signature(f"{user_id} {secret}").decode()


class PasskeyNameForm(Form):
    """What a key is called."""

    name = TextField(
        __("Name"),
        validators=[
            DataRequired(__("Name the passkey.")),
            Length(max=PASSKEY_NAME_LENGTH),
            OneLine(__("Use one line.")),
        ],
        description=__("So that you know which it is: “Phone”, “Key on the key ring”."),
        render_kw={"maxlength": PASSKEY_NAME_LENGTH, "autocomplete": "off"},
    )


class CredentialForm(Form):
    """What the browser got from a key; a script fills it in."""

    credential = HiddenField(
        validators=[DataRequired(__("The browser gave no passkey. Try again.")), Length(max=CREDENTIAL_LENGTH)]
    )

    def answer(self) -> str:
        """What was sent, or nothing if it can't be an answer of a key."""
        return (self.credential.data or "") if self.is_valid() else ""


class PasskeyLogInForm(CredentialForm):
    """The same, to sign in with."""

    remember = BooleanField()


class NewPasskeyForm(PasskeyNameForm, CredentialForm):
    """A new key and its name."""
