"""A message to one person: what it says, and how it is put into the form of RFC 5322."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from flask import current_app

_ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f@,:;<>()\[\]\\\"]{1,64}@[^\s\x00-\x1f\x7f@,:;<>()\[\]\\\"]{1,255}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Unsendable(ValueError):
    """The message can't be put into a form in which it would reach its one recipient, and nobody else."""


@dataclass(frozen=True)
class Message:
    """Something to be mailed. Raises `Unsendable` for more than one recipient, and for a line break in a header."""

    to: str
    subject: str
    text: str
    html: str | None = None

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.to):
            raise Unsendable("the recipient is not one address")
        if _CONTROL.search(self.subject):
            raise Unsendable("the subject is not one line")


def compose(template: str, *, to: str, **context: Any) -> Message:
    """The message of `templates/mail/<template>.txt`: its first line is the subject, the text begins at the third.

    Templates get `context` and what every template has, but nothing of a request: there may be none.
    """
    text = current_app.jinja_env.get_template(f"mail/{template}.txt").render(**context)
    subject, _empty, body = text.lstrip().partition("\n")
    return Message(to, " ".join(subject.split()), body.strip() + "\n")


def to_rfc5322(message: Message, *, sender: str, name: str, message_id: str, at: datetime) -> EmailMessage:
    """`message` with its headers, from `sender`, who is called `name`."""
    made = EmailMessage(policy=SMTP)
    made["From"] = _address(sender, name=" ".join(_CONTROL.sub(" ", name).split()))
    made["To"] = _address(message.to)
    made["Subject"] = message.subject
    made["Date"] = at
    made["Message-ID"] = message_id
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies to us
    made.set_content(message.text)
    if message.html is not None:
        made.add_alternative(message.html, subtype="html")
    return made


def ascii_domain(address: str) -> str:
    """`address` with its domain as the DNS has it, so that only a name beyond ASCII needs SMTPUTF8 (RFC 6531)."""
    name, _at, domain = address.rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise Unsendable("the recipient's domain is none") from error


def _address(address: str, *, name: str = "") -> Address:
    local, _at, domain = ascii_domain(address).rpartition("@")
    return Address(display_name=name, username=local, domain=domain)
