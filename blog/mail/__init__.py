"""Mail: written with the change that causes it, sent by whoever does the jobs.

    mail.send(mail.compose("reset", to=user.email, link=link))     # in an operation: in its transaction

Whether there is a way to send any is for `mail.can_send()` to say; without one `send` does nothing.
"""

from blog.mail.messages import Message, Unsendable, compose
from blog.mail.sending import can_send, init_app, is_printed, send

__all__ = ["Message", "Unsendable", "can_send", "compose", "init_app", "is_printed", "send"]
