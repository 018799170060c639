"""Screens for those who run the site; the rules stand in the features."""

from flask import Flask, Response, abort
from flask_login import current_user

from blog.admin import audit, dashboard, deletion, invitations, jobs, settings, users
from blog.admin.blueprint import blueprint
from blog.admin.forms import ROLE_NAMES
from blog.auth.confirmation import ask_to_confirm
from blog.auth.current import login_required
from blog.auth.models import ADMIN_CONFIRMED_FOR
from blog.auth.policies import can_administer

__all__ = ["audit", "dashboard", "deletion", "invitations", "jobs", "settings", "users"]


def init_app(app: Flask) -> None:
    """Register the addresses."""
    app.register_blueprint(blueprint)


@blueprint.context_processor
def role_names() -> dict[str, object]:
    """What the roles are called on the pages of this area."""
    return {"role_names": ROLE_NAMES}


@blueprint.before_request
@login_required
def refuse_others() -> Response | None:
    """The whole area is for admins who lately proved who they are: a view not yet written is closed too."""
    if not can_administer(current_user):
        abort(403)
    return ask_to_confirm(within=ADMIN_CONFIRMED_FOR)
