"""The mail with which somebody is invited."""

from blog import mail
from blog.auth.models import User
from blog.web.addresses import absolute_url


def send_invitation(email: str, secret: str, *, by: User | None, days: int) -> None:
    """Mail the link to whom it is for, in the caller's transaction; where no mail goes out it is given by hand."""
    if mail.can_send():
        link = absolute_url("auth.open_invitation", token=secret)
        mail.send(mail.compose("invitation", to=email, link=link, name=by.display_name if by else None, days=days))
