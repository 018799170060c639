"""What the audit log's page says of an event beside what happened. A test sees to it that every detail has words."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from flask_babel import format_datetime, format_timedelta, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __

from blog.admin.forms import ACCENT_NAMES, ROLE_NAMES, language_name
from blog.site.models import AuditEvent
from blog.site.settings import ACCENTS
from blog.web.browsers import browser

_VALUES: dict[str, Mapping[str, object]] = {
    "factor": {
        "all": __("All of them"),
        "authenticator app": __("Authenticator app"),
        "code": __("Code"),
        "passkey": __("Passkey"),
    },
    "purpose": {
        "invitation": __("Invitation"),
        "reset_password": __("To set a password"),
        "set_up": __("To set the blog up"),
        "take_back": __("To take the account back"),
        "verify_email": __("To confirm an address"),
    },
    "readers": {
        "public": __("Everybody"),
        "page": __("Everybody, as a page"),
        "unlisted": __("Whoever has the address"),
        "private": __("Those who may edit it"),
    },
    "reason": {
        "all others ended": __("All devices but the one in use"),
        "ended from elsewhere": __("From another device"),
        "signed out": __("They signed out"),
        "trash emptied": __("After 30 days in the trash"),
    },
    "what": {
        "e-mail address": __("E-mail address"),
        "profile": __("Profile"),
        "taken back by mail": __("Taken back, by a link in a mail"),
    },
}
_SETTINGS = {
    "accent": __("Accent colour"),
    "comments_open": __("Readers can comment"),
    "description": __("Description"),
    "language": __("Language"),
    "menu": __("Menu"),
    "publishers": __("Who publishes posts"),
    "second_factor_required": __("Who needs a second step to sign in"),
    "security_contact": __("Contact for security"),
    "sign_ups": __("New accounts"),
    "tagline": __("Tagline"),
    "time_zone": __("Time zone"),
    "title": __("Name of the site"),
}
_SETTING_VALUES: dict[str, Mapping[str, object]] = {
    "accent": {colour: ACCENT_NAMES[name] for name, colour in ACCENTS.items()},
    "publishers": {"authors": __("authors by themselves"), "editors": __("only editors and admins")},
    "second_factor_required": {
        "nobody": __("nobody"),
        "authors": __("authors, editors and admins"),
        "admins": __("admins"),
    },
    "sign_ups": {"open": __("open"), "invitation": __("by invitation"), "closed": __("closed")},
}
_LIMIT = re.compile(r"(\d+) per (\d+) (second|minute|hour|day|month|year)")
"""As `limits` writes one down."""
_UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}


def particulars(event: AuditEvent, names: Mapping[object, str] | None = None) -> Iterator[str]:
    """What else is known of it, a line each; `names` are those of accounts that it speaks of, by their ids."""
    details = dict(event.details)
    if name := (names or {}).get(details.get("invited_by_account")):
        details.pop("invited_by_account")
        yield str(_("Invited by %(name)s", name=name))
    if "before" in details and "after" in details:
        yield f"{_role(details.pop('before'))} → {_role(details.pop('after'))}"
    changes = details.pop("changes", {})
    for name, (before, after) in changes.items() if isinstance(changes, dict) else ():
        yield f"{_SETTINGS.get(name, name)}: {_setting(name, before)} → {_setting(name, after)}"
    for name, value in details.items():
        if value in ("", None):
            continue
        words = _WORDS.get(name)
        if line := words(value) if words else f"{name.replace('_', ' ')}: {value}":
            yield line


def _one_of(name: str) -> Callable[[object], str]:
    return lambda value: str(_VALUES[name].get(str(value), value))


def _factor(value: str) -> str:
    kind, _space, name = value.partition(" “")
    return _one_of("factor")(kind) + (f" “{name}" if name else "")


def _role(value: object) -> str:
    return str(next((name for role, name in ROLE_NAMES.items() if role == value), value))


def _moment(value: object) -> str:
    with suppress(ValueError):
        return str(format_datetime(datetime.fromisoformat(str(value)), "d MMMM yyyy, HH:mm"))
    return str(value)


def _wait(value: object) -> str:
    return str(_("For %(time)s", time=_duration(timedelta(seconds=int(str(value))))))


def _limit(value: object) -> str:
    found = _LIMIT.fullmatch(str(value))
    if not found:
        return str(_("Allowed: %(limit)s", limit=value))
    number, times, unit = found.groups()
    return str(_("Allowed: %(number)s within %(time)s", number=number, time=_duration(int(times) * _UNITS[unit])))


def _duration(time: timedelta) -> str:
    return str(format_timedelta(time, threshold=1))


_WORDS: dict[str, Callable[[object], str]] = {
    "authors": lambda value: str(_("Now %(names)s", names=value)),
    "by_themselves": lambda value: str(_("By themselves")) if value else "",
    "days": lambda value: str(ngettext("For %(num)s day", "For %(num)s days", int(str(value)))),
    "endpoint": lambda value: str(_("Page: %(name)s", name=value)),
    "factor": lambda value: _factor(str(value)),
    "failures": lambda value: str(_("%(number)s wrong ones", number=value)),
    "file": str,
    "hour": lambda value: str(_("For %(moment)s", moment=_moment(value))),
    "invited_by_account": lambda value: str(_("Invited by account number %(number)s", number=value)),
    "limit": _limit,
    "link_for": lambda value: str(_("For %(whom)s", whom=value)),
    "made_at": lambda value: str(_("Made %(moment)s", moment=_moment(value))),
    "method": str,
    "minutes": lambda value: str(ngettext("Within %(num)s minute", "Within %(num)s minutes", int(str(value)))),
    "revision": lambda value: str(_("Revision %(number)s", number=value)),
    "old_address": lambda value: str(_("Its address was %(address)s", address=value)),
    "purpose": _one_of("purpose"),
    "readers": _one_of("readers"),
    "reason": _one_of("reason"),
    "role": _role,
    "user_agent": lambda value: browser(str(value)),
    "wait_seconds": _wait,
    "what": _one_of("what"),
}
"""What each detail is in words; nothing, where it adds nothing."""


def _setting(name: str, value: object) -> str:
    """The value of a setting as its page has it."""
    if value == "":
        return str(_("nothing"))
    if words := _SETTING_VALUES.get(name, {}).get(str(value)):
        return str(words)
    if name == "language":
        return language_name(str(value))
    if name == "time_zone":
        return str(value).replace("_", " ")
    return _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return f"“{value}”" if isinstance(value, str) else str(value)
