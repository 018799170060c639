"""Ways for a message to leave: a mail server, or the terminal."""

import contextlib
import ipaddress
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import click

STEP_SECONDS = 10
"""How long the mail server may take over each answer."""
TOTAL_SECONDS = 60
"""How long it may take over a whole message, however many answers it gives in time."""
_PORTS = {"smtp": 587, "smtps": 465}


class NotSent(Exception):
    """The message was not taken; the text says by whom and why, and holds no secret."""


class Transport(Protocol):
    """A way for a message to leave."""

    def send(self, message: EmailMessage) -> None:
        """Hand it over. Raises `NotSent` unless it was taken for certain."""


class Console:
    """Prints messages to the terminal that the blog was started from, for a blog that nobody else sees."""

    def send(self, message: EmailMessage) -> None:
        """Write its plain text, links and all, to where the blog was started from."""
        text = message.get_body(("plain",))
        lines = text.get_content() if text else ""
        click.echo(f"\n--- Mail to {message['To']}: {message['Subject']}\n\n{lines}---\n")


class Smtp:
    """A mail server, by its URL: `smtp://user:password@host:587` with STARTTLS, or `smtps://…` with TLS at once.

    Without TLS nothing is said to it, unless it is on this machine or the URL ends in `?starttls=no`.
    """

    def __init__(self, url: str, *, sender: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._tls_at_once = parts.scheme == "smtps"
        refused = parse_qs(parts.query).get("starttls") == ["no"] or is_loopback(self._host)
        self._starttls = not self._tls_at_once and not refused
        self._sender = sender

    def send(self, message: EmailMessage) -> None:
        """Hand the message to the server, in one conversation. Raises `NotSent`."""
        try:
            with self._conversation() as server:
                server.send_message(message, self._sender, [message["To"].addresses[0].addr_spec])
        except smtplib.SMTPRecipientsRefused as refusal:
            ((code, said),) = refusal.recipients.values()
            raise NotSent(f"{self._host} does not take mail for them: {code} {_text(said)}") from None
        except smtplib.SMTPResponseException as refusal:
            raise NotSent(f"{self._host} said {refusal.smtp_code} {_text(refusal.smtp_error)}") from None
        except (smtplib.SMTPException, OSError) as trouble:
            raise NotSent(f"{self._host}:{self._port} can't be talked to: {_text(trouble)}") from None

    @contextlib.contextmanager
    def _conversation(self) -> Iterator[smtplib.SMTP]:
        """Connected, under TLS, signed in. Once the message was taken, nothing that follows makes it be sent again."""
        server = self._new_connection()
        hang_up = threading.Timer(TOTAL_SECONDS, _hang_up, [server])
        hang_up.daemon = True
        hang_up.start()
        try:
            server.connect(self._host, self._port)
            if self._starttls:
                server.starttls(context=ssl.create_default_context())
            if self._user:
                server.login(self._user, self._password)
            yield server
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            hang_up.cancel()
            server.close()

    def _new_connection(self) -> smtplib.SMTP:
        """Not connected yet: the greeting must not take for ever either."""
        ours = self._sender.rpartition("@")[2]  # what we call ourselves; else smtplib asks the DNS, which may take long
        if self._tls_at_once:
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(local_hostname=ours, timeout=STEP_SECONDS, context=context)
        else:
            server = smtplib.SMTP(local_hostname=ours, timeout=STEP_SECONDS)
        server._host = self._host  # type: ignore[attr-defined]  # noqa: SLF001  certificates are checked against it
        return server


def is_loopback(host: str) -> bool:
    """True if `host` is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _hang_up(server: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError, AttributeError):  # it has ended meanwhile
        server.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]


def _text(said: object) -> str:
    """What a server said, in one line."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())[:200]
