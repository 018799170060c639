"""Where a member is signed in."""

from flask import Response, abort, flash, render_template, url_for
from flask_babel import gettext as _

from blog import clock
from blog.auth.current import current_session, login_required, member
from blog.auth.sessions import end_session, end_sessions, sessions_of
from blog.auth.views.blueprint import blueprint
from blog.db import begin_write
from blog.site import audit
from blog.web.responses import see_other


@blueprint.get("/account/sessions")
@login_required
def list_sessions() -> str:
    """Where a member is signed in."""
    sessions = sessions_of(member(), clock.now())
    return render_template("auth/sessions.html", sessions=sessions, current=current_session())


@blueprint.post("/account/sessions/<int:session_id>/deletion")
@login_required
def delete_session(session_id: int) -> Response:
    """A member signs one of their browsers out."""
    user = member()

    begin_write()
    end_session(user, session_id)
    audit.record("session_expired", subject=user, reason="ended from elsewhere")
    return see_other(url_for("auth.list_sessions"))


@blueprint.post("/account/sessions/deletion")
@login_required
def delete_other_sessions() -> Response:
    """A member signs all their other browsers out."""
    user, session = member(), current_session() or abort(401)

    begin_write()
    end_sessions(user, keep=session.id)
    audit.record("session_expired", subject=user, reason="all others ended")
    flash(_("All other devices are signed out."))
    return see_other(url_for("auth.list_sessions"))
