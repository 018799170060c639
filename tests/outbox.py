"""Where the mail of a test goes: nowhere, but it can be read."""

import re
from email.message import EmailMessage
from urllib.parse import urlsplit

from flask import Flask

from blog.jobs import Worker
from blog.mail.sending import TRANSPORT


class Outbox:
    """A transport that keeps what it is given. Looking into it lets the worker do what is due before."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._sent: list[EmailMessage] = []
        app.extensions[TRANSPORT] = self

    def send(self, message: EmailMessage) -> None:
        """Keep it."""
        self._sent.append(message)

    @property
    def messages(self) -> list[EmailMessage]:
        """Everything that was sent, the first one first."""
        Worker(self._app).work_off()
        return self._sent

    def to(self, address: str) -> list[EmailMessage]:
        """What was sent to an address."""
        return [message for message in self.messages if str(message["To"]) == address]

    def text(self, address: str) -> str:
        """The text of the last message to an address."""
        return str(self.to(address)[-1].get_content())

    def link(self, address: str, place: str = "/") -> str:
        """The path of the last link below `place` in the last message to an address."""
        found = [link for link in re.findall(r"https?://\S+", self.text(address)) if place in urlsplit(link).path]
        assert found, self.text(address)
        return urlsplit(found[0]).path
