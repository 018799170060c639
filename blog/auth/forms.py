"""The forms of accounts."""

from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from wtforms import BooleanField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from blog.auth import names
from blog.auth.models import EMAIL_LENGTH
from blog.auth.names import USERNAME_LENGTH
from blog.auth.passwords import PASSWORD_LENGTH, is_guessable
from blog.site.current import current_site
from blog.web.forms import Form, SecretField, TextField

_AS_TYPED = {"autocapitalize": "none", "spellcheck": "false"}


class NewPasswordField(SecretField):
    """A password that is being set: long enough, and not guessable.

    The form's `known_words()` tell what it must not be made of.
    """

    def __init__(self, label: object, **kwargs: Any) -> None:
        least = current_app.config["PASSWORD_MIN_LENGTH"]
        kwargs.setdefault("render_kw", {"autocomplete": "new-password"})
        kwargs.setdefault("description", _("At least %(least)d characters; several words are good.", least=least))
        super().__init__(label, validators=[InputRequired(__("Choose a password."))], **kwargs)

    def pre_validate(self, form: Any) -> None:
        """Raise with the reason if it won't do."""
        least = current_app.config["PASSWORD_MIN_LENGTH"]
        password = self.data or ""
        if len(password) < least:
            raise ValidationError(_("Use at least %(least)d characters.", least=least))
        if len(password) > PASSWORD_LENGTH:
            raise ValidationError(_("Use at most %(most)d characters.", most=PASSWORD_LENGTH))
        if is_guessable(password, known=[current_site().title, *form.known_words()]):
            raise ValidationError(
                _("This password is easy to guess. Use several words that have nothing to do with you or this site.")
            )


class UsernameField(TextField):
    """A name that is being chosen."""

    def __init__(self, label: object = __("User name"), **kwargs: Any) -> None:
        super().__init__(
            label,
            validators=[DataRequired(__("Choose a user name."))],
            description=__("Letters, digits, dots, hyphens and underscores. It is part of your page's address."),
            render_kw={"autocomplete": "username", "maxlength": USERNAME_LENGTH, **_AS_TYPED},
            **kwargs,
        )

    def pre_validate(self, form: Any) -> None:
        """Raise with the reason if it won't do."""
        name = self.data or ""
        if " " in name:
            raise ValidationError(_("A user name has no spaces: %(name)s would do.", name="-".join(name.split())))
        if names.is_reserved(name):
            raise ValidationError(_("This name is kept for the site. Choose another one."))
        if not names.is_of_one_script(name):
            raise ValidationError(_("Use letters of one alphabet."))
        if name and not names.is_well_formed(name):
            raise ValidationError(
                _(
                    "Use 2 to %(most)d letters or digits; dots, hyphens and underscores between them.",
                    most=USERNAME_LENGTH,
                )
            )


class EmailField(TextField):
    """An e-mail address that is being given."""

    def __init__(self, label: object = __("E-mail address"), *, required: bool = True, **kwargs: Any) -> None:
        super().__init__(
            label,
            validators=[DataRequired(__("Enter your e-mail address.")) if required else Optional()],
            render_kw={"autocomplete": "email", "type": "email", "maxlength": 254},
            **kwargs,
        )

    def pre_validate(self, _form: Any) -> None:
        """Raise if it is no address; keep it as it is normally written. One that may be left out may be empty."""
        if not self.data and not self.flags.required:
            return
        try:
            self.data = validate_email(self.data or "", check_deliverability=False).normalized
        except EmailNotValidError as error:
            raise ValidationError(_("Enter an e-mail address like name@example.org.")) from error
        if len(names.email_key(self.data)) > EMAIL_LENGTH:
            raise ValidationError(_("This address is too long."))


class LogInForm(Form):
    """Who are you?"""

    login = TextField(
        __("User name or e-mail address"),
        validators=[DataRequired(__("Enter your user name or e-mail address.")), Length(max=254)],
        render_kw={"autocomplete": "username webauthn", **_AS_TYPED},
    )
    password = SecretField(
        __("Password"),
        validators=[InputRequired(__("Enter your password.")), Length(max=1024)],
        render_kw={"autocomplete": "current-password"},
    )
    remember = BooleanField(__("Keep me signed in on this device"))


class RegistrationForm(Form):
    """A new account."""

    username = UsernameField()
    email = EmailField(description=__("Never shown to anybody."))
    password = NewPasswordField(__("Password"))

    def known_words(self) -> list[str]:
        """What the password must not be made of."""
        return [self.username.data or "", self.email.data or ""]


class NewPasswordForm(Form):
    """A new password, for somebody who has proved who they are."""

    password = NewPasswordField(__("New password"))

    def __init__(self, *args: Any, known: list[str], **kwargs: Any) -> None:
        self._known = known
        super().__init__(*args, **kwargs)

    def known_words(self) -> list[str]:
        """What the password must not be made of."""
        return self._known


class ConfirmationForm(Form):
    """The password once more; the view checks it."""

    password = SecretField(
        __("Your password"),
        validators=[InputRequired(__("Enter your password.")), Length(max=1024)],
        render_kw={"autocomplete": "current-password"},
    )


class ResetRequestForm(Form):
    """Whose password was forgotten."""

    login = TextField(
        __("User name or e-mail address"),
        validators=[DataRequired(__("Enter your user name or e-mail address.")), Length(max=254)],
        render_kw={"autocomplete": "username", **_AS_TYPED},
    )


class Button(Form):
    """Nothing but its button."""


class EmailForm(Form):
    """Where to reach somebody."""

    email = EmailField()


class EmailChangeForm(Form):
    """Another e-mail address."""

    email = EmailField(__("New e-mail address"))
