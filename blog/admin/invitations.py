"""Invitations: making them, and taking them back."""

from flask import Response, flash, render_template, url_for
from flask_babel import gettext as _

from blog import clock, mail
from blog.admin.blueprint import blueprint
from blog.admin.forms import InvitationForm
from blog.auth.confirmation import confirmed_to_change
from blog.auth.current import member
from blog.auth.invitations import operations, queries
from blog.auth.invitations.operations import INVITATION_LIFETIME
from blog.auth.operations import EmailTaken
from blog.db import begin_write
from blog.site.current import site_url
from blog.web.responses import see_other


@blueprint.route("/invitations", methods=["GET", "POST"])
@confirmed_to_change
def list_invitations() -> Response | str | tuple[str, int]:
    """The invitations that are open, and the form for another one, whose link is shown on this one answer only."""
    form = InvitationForm()

    if not form.is_valid():
        return _page(form)

    begin_write()
    email = form.email.data or None
    try:
        secret = operations.invite(form.role.data, email=email, by=member(), now=clock.now())
    except EmailTaken:
        form.refuse("email", _("There is an account with this address; change its role instead."))
        return _page(form)
    link = site_url() + url_for("auth.open_invitation", token=secret)
    return _page(InvitationForm(formdata=None), link, mailed_to=email if mail.can_send() else None)


@blueprint.post("/invitations/<int:invitation_id>/deletion")
def delete_invitation(invitation_id: int) -> Response:
    """An invitation is taken back; its link works no more."""
    admin = member()

    begin_write()
    operations.revoke_invitation(invitation_id, by=admin)
    flash(_("The invitation is taken back."))
    return see_other(url_for("admin.list_invitations"))


def _page(form: InvitationForm, link: str | None = None, mailed_to: str | None = None) -> str | tuple[str, int]:
    page = render_template(
        "admin/invitations.html",
        form=form,
        invitations=queries.open_invitations(clock.now()),
        link=link,
        mailed_to=mailed_to,
        days=INVITATION_LIFETIME.days,
    )
    return (page, 422) if form.errors else page
