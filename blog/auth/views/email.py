"""E-mail addresses: giving another one, confirming it."""

from flask import Response, flash, render_template, url_for
from flask_babel import gettext as _

from blog import clock, mail
from blog.auth import addresses, forms, operations
from blog.auth.confirmation import recently_confirmed
from blog.auth.current import member, signed_in
from blog.auth.factors.views.answers import password_proved_answer
from blog.auth.models import TokenPurpose, User
from blog.auth.operations import EmailTaken, TokenInvalid
from blog.auth.views.answers import form_page, found_or_404, kept_destination
from blog.auth.views.blueprint import blueprint
from blog.auth.views.tries import proof_of
from blog.db import begin_write
from blog.web.limits import LINKS_AN_HOUR, limited
from blog.web.links import forget_secret, keep_secret, kept_secret
from blog.web.responses import see_other

LINK = "verification"
"""The name of the cookie that holds the secret of the link."""


@blueprint.route("/account/email", methods=["GET", "POST"])
@recently_confirmed
def change_email() -> Response | str | tuple[str, int]:
    """A member gives another address; it becomes theirs when they have confirmed it, from there."""
    user = member()
    form = forms.EmailChangeForm()

    if not form.is_valid():
        return form_page("auth/change_email.html", form, user=user, can_send=mail.can_send())

    begin_write()
    addresses.ask_to_verify(user, form.email.data)
    flash(_sent_to(form.email.data) if mail.can_send() else _("The address is noted."))
    return see_other(url_for("auth.change_email"))


@blueprint.get("/verify/<token>")
def open_verification_link(token: str) -> Response:
    """The link: its secret leaves the address before any page is shown."""
    return keep_secret(LINK, token, url_for("auth.verify_email"))


@blueprint.route("/verify", methods=["GET", "POST"])
@limited(network=f"{LINKS_AN_HOUR} per hour")
def verify_email() -> Response | str | tuple[str, int]:
    """Somebody confirms an address, with a button: programs that look into mail open links, and press none.

    For a new account, only who made it: else somebody would make one with an address of another's, who confirms it.
    Who types its password for that is signed in.
    """
    secret, proof = kept_secret(LINK), None
    try:
        token = operations.find_token(secret, TokenPurpose.VERIFY_EMAIL, now=clock.now())
        user = found_or_404(token.user)
        form = forms.ConfirmationForm() if user.is_held and signed_in() is not user else forms.Button()
        is_right = form.is_valid()
        if is_right and isinstance(form, forms.ConfirmationForm):
            proof = proof_of(user, form)
            is_right = proof is not None
        if not is_right:
            return form_page("auth/verify_email.html", form, email=token.email, user=user)

        begin_write()
        user = addresses.verify_email(secret, now=clock.now())
    except (TokenInvalid, EmailTaken):
        return _spent(url_for("auth.change_email"))
    if proof:
        operations.accept_proof(user, proof)
    return forget_secret(LINK, _confirmed_answer(user, has_proved=proof is not None))


@blueprint.post("/verification/refusal")
@limited(network=f"{LINKS_AN_HOUR} per hour")
def refuse_email() -> Response | tuple[str, int]:
    """Whoever reads the mail has nothing to do with the account."""
    begin_write()
    try:
        addresses.refuse_email(kept_secret(LINK), now=clock.now())
    except TokenInvalid:
        return _spent(url_for("posts.list_posts"))
    flash(_("Thank you. Nobody uses your address here."))
    return forget_secret(LINK, see_other(url_for("posts.list_posts")))


def _confirmed_answer(user: User, *, has_proved: bool) -> Response:
    """On to where they were going; who is signed in to another account here stays it."""
    if has_proved and not signed_in():
        flash(_("Your address is confirmed, and you are signed in."))
        return password_proved_answer(user, kept_destination(), remember=False)
    flash(_("Your address is confirmed."))
    return see_other(kept_destination() if signed_in() is user else url_for("auth.log_in"))


def _sent_to(email: str) -> str:
    if mail.is_printed():
        return str(_("The mail to %(email)s stands in the terminal. Open the link in it to confirm it.", email=email))
    return str(_("We wrote to %(email)s. It becomes your address when you have confirmed it there.", email=email))


def _spent(again: str) -> tuple[str, int]:
    return render_template("auth/link_spent.html", again=again), 410
