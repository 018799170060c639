"""What a member has here: downloading it, and leaving."""

from pathlib import Path

from flask import Response, current_app, flash, make_response, render_template, send_file, url_for
from flask_babel import gettext as _

from blog import clock
from blog.auth.confirmation import recently_confirmed
from blog.auth.current import login_required, member
from blog.auth.operations import LastAdmin
from blog.belongings import operations
from blog.belongings.archive import make_archive
from blog.belongings.forms import DeletionForm
from blog.belongings.making import BeingMade
from blog.belongings.operations import NoHeir
from blog.belongings.queries import belongings_of, possible_heirs
from blog.db import begin_write
from blog.media.current import media_folder
from blog.pages.blueprint import blueprint
from blog.site import audit
from blog.site.current import site_url
from blog.web.limits import ARCHIVES_AN_HOUR, limited
from blog.web.responses import see_other
from blog.web.security import clear_session_cookie

RETRY_SECONDS = 30
"""Until it is worth asking for an archive again, when another one is being made."""


@blueprint.get("/account/data")
@login_required
def show_my_data() -> str:
    """What a member has here, and what they can do with it."""
    return render_template("pages/my_data.html", belongings=belongings_of(member()))


@blueprint.post("/account/data/archive")
@limited(account=f"{ARCHIVES_AN_HOUR} per hour")
@recently_confirmed
def create_archive() -> Response:
    """Everything of the member as one file. Putting it together holds up nobody who writes."""
    user, now = member(), clock.now()
    name = f"{user.username}-{now:%Y-%m-%d}.zip"

    try:
        archive = make_archive(
            user,
            instance=Path(current_app.config["INSTANCE_PATH"]),
            folder=media_folder(),
            site_url=site_url(),
            now=now,
        )
    except BeingMade:
        return _being_made()

    begin_write()
    audit.record("data_exported", subject=member())
    response = send_file(archive, mimetype="application/zip", as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.route("/account/deletion", methods=["GET", "POST"])
@recently_confirmed
def delete_account() -> Response | str | tuple[str, int]:
    """A member leaves; what becomes of what they leave behind is theirs to say."""
    user = member()
    form = DeletionForm(belongings_of(user), possible_heirs(user))

    if not form.is_valid():
        return _page(form)

    begin_write()
    try:
        operations.delete_account(member(), form.farewell(), by=member(), now=clock.now())
    except LastAdmin:
        form.refuse("certain", _("You are the last admin. Make somebody else an admin first."))
        return _page(form)
    except NoHeir:
        form.refuse_heir()
        return _page(form)
    return _gone()


def _being_made() -> Response:
    response = make_response(render_template("pages/archive_being_made.html", seconds=RETRY_SECONDS), 429)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _gone() -> Response:
    flash(_("Your account is deleted."))
    response = see_other(url_for("posts.list_posts"))
    clear_session_cookie(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _page(form: DeletionForm) -> str | tuple[str, int]:
    page = render_template("pages/delete_account.html", form=form, belongings=belongings_of(member()))
    return (page, 422) if form.errors else page
