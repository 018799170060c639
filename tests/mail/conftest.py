"""Mail servers that the tests look into, and that can be made to misbehave."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from blog import Blog
from blog.mail.sending import TRANSPORT
from blog.mail.transports import Smtp

SENDER = "noreply@blog.example.org"


class MailServer:
    """A mail server: `answer` is what it says to a message, after `seconds`; it can be stopped and started again."""

    def __init__(self, host: str = "127.0.0.1", **options: Any) -> None:
        self.host, self.port, self._options = host, free_port(host), options
        self.answer, self.seconds = "250 OK", 0.0
        self.received: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.start()

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname=self.host, port=self.port, **self._options)
        self._controller.start()

    def stop(self) -> None:
        """Refuse connections."""
        self._controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """A whole message has come."""
        await asyncio.sleep(self.seconds)
        if self.answer.startswith("250"):
            self.received.append(message_from_bytes(envelope.original_content, policy=default))
            self.recipients.append(envelope.rcpt_tos)
        return self.answer


def free_port(host: str) -> int:
    """A port that nobody listens at."""
    with socket.create_server((host, 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server on this machine."""
    server = MailServer()
    yield server
    with contextlib.suppress(Exception):
        server.stop()


@pytest.fixture
def by_smtp(app: Blog, mail_server: MailServer) -> Iterator[MailServer]:
    """The app sends its mail through a mail server."""
    before = app.extensions[TRANSPORT]
    app.extensions[TRANSPORT] = Smtp(f"smtp://127.0.0.1:{mail_server.port}", sender=SENDER)
    yield mail_server
    app.extensions[TRANSPORT] = before


@pytest.fixture
def silent_server() -> Iterator[int]:
    """The port of something that takes connections and never says a word."""
    with listening(lambda _connection: None) as port:
        yield port


@pytest.fixture
def dripping_server() -> Iterator[int]:
    """The port of something that says a little every now and then, and never comes to an end."""

    def drip(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(b"220-wait\r\n")
                threading.Event().wait(0.1)

    with listening(drip) as port:
        yield port


@contextlib.contextmanager
def listening(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that does `speak` with each connection and keeps it open."""
    held: list[socket.socket] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                held.append(connection)
                threading.Thread(target=speak, args=(connection,), daemon=True).start()

    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        for one in (listener, *held):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
