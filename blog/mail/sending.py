"""From the change that causes a mail to the one who is to get it: a job, and its transport."""

import uuid
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, current_app

from blog import clock, jobs
from blog.mail.messages import Message, to_rfc5322
from blog.mail.transports import Console, NotSent, Smtp, Transport, is_loopback

KIND = "mail"
LEASE = timedelta(minutes=3)
"""More than a transport may take."""
TRANSPORT = "blog.mail"
"""Under which name the app keeps its transport: an extension, or None."""


def init_app(app: Flask) -> None:
    """Choose the transport: SMTP_URL's server, the terminal for a blog of this machine, none elsewhere."""
    app.extensions[TRANSPORT] = _transport(app)
    app.jinja_env.globals["mail_is_printed"] = is_printed


def can_send() -> bool:
    """True if mail reaches people from here; if not, what needs it hides."""
    return current_app.extensions[TRANSPORT] is not None


def is_printed() -> bool:
    """True if mail goes no further than the terminal from which the blog was started."""
    return isinstance(current_app.extensions[TRANSPORT], Console)


def send(message: Message) -> None:
    """Have `message` sent, if the caller's transaction is committed; nothing where no mail can be sent.

    It is sealed until then: who reads the database must find no link in it that sets a password. Its Message-ID is
    chosen now, so that one that is sent again after a crash is seen to be the same.
    """
    if not can_send():
        return
    written = {"message": asdict(message), "id": uuid.uuid4().hex, "at": clock.now().isoformat()}
    jobs.add(KIND, jobs.seal(written))


@jobs.slow_handler(KIND, lease=LEASE)
def deliver(payload: dict[str, Any]) -> None:
    """Hand a message to the transport. Raises `NotSent` or `jobs.Unreadable`, and is then tried again."""
    transport = cast("Transport | None", current_app.extensions[TRANSPORT])
    if transport is None:
        raise NotSent("no mail can be sent: SMTP_URL is not set")
    written = jobs.unseal(payload)
    sender = current_app.config["MAIL_FROM"]
    made = to_rfc5322(
        Message(**written["message"]),
        sender=sender,
        name=_site_title(),
        message_id=f"<{written['id']}@{sender.rpartition('@')[2]}>",
        at=datetime.fromisoformat(written["at"]),
    )
    transport.send(made)


def _site_title() -> str:
    """What the site is called: as templates have it, since the package of the site stands above this one."""
    return str(cast("Any", current_app.jinja_env.globals["site"]).title)


def _transport(app: Flask) -> Transport | None:
    if app.config["SMTP_URL"]:
        return Smtp(app.config["SMTP_URL"], sender=app.config["MAIL_FROM"])
    return Console() if is_loopback(urlsplit(app.config["BASE_URL"]).hostname or "") else None
