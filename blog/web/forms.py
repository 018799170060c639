"""What every HTML form shares."""

import re
from collections.abc import Iterable
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types of WTForms
from wtforms.validators import ValidationError

_NOT_STORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_UNSEEN = re.compile("[\xad\u115f\u1160\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u2800\u3164\ufeff\uffa0]")
LARGEST_ID = 2**31 - 1


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A form without a token of its own: `web.security` checks every unsafe request in one place."""

    _refusals: tuple[tuple[str, str], ...] = ()

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF has no types
        """Switches WTForms' own CSRF field off, and takes nothing but forms for a form."""

        csrf = False

        def wrap_formdata(self, form: "Form", formdata: Any) -> Any:
            """What was sent. Flask-WTF would read JSON too, of which nobody knows that it is an object of texts."""
            return request.form if request.is_json else super().wrap_formdata(form, formdata)

    def is_valid(self) -> bool:
        """True if the form was sent and nothing in it is wrong."""
        return bool(self.validate_on_submit())

    def validate(self, extra_validators: Any = None) -> bool:
        """Look at every field, as often as one likes: what was refused stays so, though WTForms begins anew."""
        is_right = bool(super().validate(extra_validators))
        for field, message in self._refusals:
            self._put_error(field, message)
        return is_right and not self._refusals

    def refuse(self, field: str, message: object) -> None:
        """Put an error on a field after the act found it: a name was taken, a rule was broken."""
        self._refusals = (*self._refusals, (field, str(message)))
        self._put_error(field, str(message))

    def _put_error(self, field: str, message: str) -> None:
        self[field].errors = [*self[field].errors, message]


def strip(value: str | None) -> str | None:
    """A filter for one line: no white space around, nothing that can't be stored, is not seen or turns what follows."""
    return _UNSEEN.sub("", storable(value)).strip() if value is not None else None


def _storable_if_any(value: str | None) -> str | None:
    return storable(value) if value is not None else None


def lines(value: str | None) -> str | None:
    """A filter for long text: line ends are LF, as the Markdown is stored."""
    return storable(value).replace("\r\n", "\n").replace("\r", "\n") if value is not None else None


def storable(value: str) -> str:
    """`value` without what no page, feed or database can hold: control characters, lone surrogates, noncharacters."""
    return _NOT_STORABLE.sub("", value)


class SecretField(PasswordField):
    """A password, as it was typed but for what no database stores."""

    data: str

    def __init__(self, label: object = None, **kwargs: Any) -> None:
        super().__init__(label, filters=[_storable_if_any], **kwargs)  # type: ignore[arg-type]  # as in TextField


class OneLine:
    """A validator: no line breaks or other control characters in a name or title."""

    def __init__(self, message: object) -> None:
        self.message = message

    def __call__(self, _form: Any, field: Field) -> None:
        """Raise if there is one."""
        if any(ord(character) < 32 or ord(character) == 127 for character in field.data or ""):
            raise ValidationError(str(self.message))


def zone_choices(names: Iterable[str]) -> list[SelectChoice]:
    """Time zones by region, as they are stored and as they are read."""
    choices = []
    for zone in names:
        region, _slash, place = zone.partition("/")
        choices.append(SelectChoice(zone, place.replace("_", " ").replace("/", ", ") or zone, optgroup=region))
    return choices


class TextField(StringField):
    """One line of text, without white space around it."""

    data: str
    """Of a form that was sent."""

    def __init__(self, label: object = None, **kwargs: Any) -> None:
        super().__init__(label, filters=[strip], **kwargs)  # type: ignore[arg-type]  # a lazy string prints itself
