"""Making the account that one was invited to make, or going on with the one that one has."""

from dataclasses import dataclass

from flask import Response, abort, flash, render_template, url_for
from flask_babel import lazy_gettext as __

from blog import clock
from blog.auth import addresses, forms, policies
from blog.auth.confirmation import confirmed_to_change
from blog.auth.current import current_session, member, renew_session_cookie, signed_in
from blog.auth.invitations import operations
from blog.auth.invitations.models import Invitation
from blog.auth.invitations.operations import InvitationVoid, NothingToGain, SignUpsClosed
from blog.auth.models import Role, User
from blog.auth.names import email_key
from blog.auth.operations import EmailTaken, Registration, UsernameTaken
from blog.auth.passwords import hash_password
from blog.auth.sessions import renew_session
from blog.auth.views.answers import form_page, signed_in_answer
from blog.auth.views.blueprint import blueprint
from blog.auth.views.registration import refuse_name
from blog.db import begin_write
from blog.web.limits import LINKS_AN_HOUR, limited
from blog.web.links import forget_secret, keep_secret, kept_secret, mark_of, was_shown_for
from blog.web.responses import see_other

LINK = "invitation"
"""The name of the cookie that holds the secret of the link."""
_NOW = {
    Role.AUTHOR: __("You have accepted: with your account you can write posts of your own now."),
    Role.EDITOR: __("You have accepted: with your account you can write, and work on everybody’s posts, now."),
    Role.ADMIN: __("You have accepted: with your account you can run the site now."),
}


_WELCOME = {
    False: __("Welcome, %(name)s."),
    True: __("Welcome, %(name)s. Your posts stand here; Write, at the top of every page, leads back."),
}


@dataclass(frozen=True)
class Offer:
    """What the page says of an invitation, which the act has spent by the time that a name turns out to be taken."""

    role: Role
    email: str | None
    invited_by: str | None

    @classmethod
    def of(cls, invitation: Invitation) -> "Offer":
        """As it is now."""
        inviter = invitation.invited_by
        return cls(invitation.role, invitation.email, inviter.display_name if inviter else None)


@blueprint.get("/invitation/<token>")
def open_invitation(token: str) -> Response:
    """The link that was sent: its secret leaves the address, and nothing is spent by looking."""
    return keep_secret(LINK, token, url_for("auth.accept_invitation"))


@blueprint.route("/invitation", methods=["GET", "POST"])
@limited(network=f"{LINKS_AN_HOUR} per hour")
def accept_invitation() -> Response | str | tuple[str, int]:
    """Somebody who was invited makes their account and is signed in."""
    secret = kept_secret(LINK)
    try:
        invitation = operations.find_invitation(secret, now=clock.now())
    except (InvitationVoid, SignUpsClosed) as refusal:
        return _refused(refusal)

    offer = Offer.of(invitation)
    form = forms.RegistrationForm(email=offer.email)
    if user := signed_in():
        gains = policies.gains_by(user, offer.role)
        return render_template("auth/invitation_of_member.html", offer=offer, gains=gains, mark=mark_of(secret))
    if not form.is_valid():
        return form_page("auth/invitation.html", form, offer=offer)

    password_hash = hash_password(form.password.data)
    try:
        user = _accept(secret, _registration(form, offer, password_hash))
    except (InvitationVoid, SignUpsClosed) as refusal:
        return _refused(refusal)
    except (UsernameTaken, EmailTaken) as taken:
        refuse_name(form, taken)
        return form_page("auth/invitation.html", form, offer=offer)
    flash(str(_WELCOME[user.can_write] % {"name": user.display_name}))
    home = url_for("posts.list_my_posts" if user.can_write else "posts.list_posts")
    return forget_secret(LINK, signed_in_answer(user, home, remember=False))


@blueprint.post("/account/invitation")
@limited(network=f"{LINKS_AN_HOUR} per hour")
@confirmed_to_change
def accept_invitation_with_account() -> Response | tuple[str, int]:
    """A member takes the role of an invitation on, if it is a higher one, with the account that they have."""
    secret, now = kept_secret(LINK), clock.now()
    if not was_shown_for(secret):  # another link was opened here meanwhile
        return see_other(url_for("auth.accept_invitation"))

    begin_write()
    session = current_session() or abort(401)
    try:
        role = operations.accept_with_account(secret, member(), keep_session=session.id, now=now)
    except (InvitationVoid, SignUpsClosed) as refusal:
        return _refused(refusal)
    except NothingToGain:
        return see_other(url_for("auth.accept_invitation"))
    flash(str(_NOW[role]))
    answer = forget_secret(LINK, see_other(url_for("posts.list_my_posts")))
    return renew_session_cookie(answer, renew_session(session, now), remember=session.is_remembered)


def _registration(form: forms.RegistrationForm, offer: Offer, password_hash: str) -> Registration:
    """An address counts as confirmed if it is the one that was invited; any other may be anybody's."""
    typed = form.email.data
    if offer.email is not None and email_key(typed) == email_key(offer.email):
        return Registration(form.username.data, typed, password_hash)
    return Registration(form.username.data, None, password_hash, unverified_email=typed)


def _accept(secret: str, registration: Registration) -> User:
    begin_write()
    user = operations.accept_invitation(secret, registration, now=clock.now())
    if user.unverified_email:
        addresses.ask_to_verify(user, user.unverified_email)
    return user


def _refused(refusal: Exception) -> tuple[str, int]:
    if isinstance(refusal, SignUpsClosed):
        return render_template("auth/closed.html"), 403
    return render_template("auth/link_spent.html", again=None), 410
