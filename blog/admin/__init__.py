"""Screens for those who run the site; the rules stand in the features."""

from flask import Flask, abort

from blog.admin import dashboard
from blog.admin.blueprint import blueprint
from blog.auth.current import login_required, member
from blog.auth.policies import can_administer


def init_app(app: Flask) -> None:
    """Register the addresses."""
    app.register_blueprint(blueprint)


@blueprint.before_request
@login_required
def refuse_others() -> None:
    """The whole area is for admins: a view not yet written is closed too."""
    if not can_administer(member()):
        abort(403)


__all__ = ["dashboard"]
