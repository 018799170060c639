"""Telling people by mail that something about their account was changed, lest it was somebody else."""

from blog import clock, mail
from blog.auth.models import User
from blog.auth.taking_back import LINK_LIFETIME, take_back_link


def notify(user: User, what: object) -> None:
    """Mail `what`, a sentence on what was changed, to the confirmed address of `user`, if there is one; with a link
    that takes the account back.

    In the caller's transaction: no change, no mail.
    """
    if user.email and mail.can_send():
        link, days = take_back_link(user, user.email, now=clock.now()), LINK_LIFETIME.days
        mail.send(mail.compose("notice", to=user.email, name=user.display_name, what=what, link=link, days=days))


def say_goodbye(user: User) -> None:
    """Mail `user` that their account is gone, in the transaction that takes it away."""
    if user.email and mail.can_send():
        mail.send(mail.compose("goodbye", to=user.email, name=user.display_name))
