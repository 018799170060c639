"""Taking somebody's account away."""

from flask import Response, abort, flash, render_template, url_for
from flask_babel import gettext as _

from blog import clock
from blog.admin.blueprint import blueprint
from blog.auth import queries
from blog.auth.confirmation import recently_confirmed
from blog.auth.current import member
from blog.auth.models import User
from blog.auth.operations import LastAdmin
from blog.belongings import operations
from blog.belongings.forms import DeletionForm
from blog.belongings.operations import NoHeir
from blog.belongings.queries import belongings_of, possible_heirs
from blog.db import begin_write
from blog.web.responses import see_other


@blueprint.route("/users/<int:user_id>/deletion", methods=["GET", "POST"])
@recently_confirmed
def delete_user(user_id: int) -> Response | str | tuple[str, int]:
    """An account is taken away, and the admin says what becomes of what it leaves behind."""
    user = _user(user_id)
    if user == member():
        return see_other(url_for("pages.delete_account"))
    form = DeletionForm(belongings_of(user), possible_heirs(user))

    if not form.is_valid():
        return _page(form, user)

    begin_write()
    try:
        operations.delete_account(_user(user_id), form.farewell(), by=member(), now=clock.now())
    except LastAdmin:
        form.refuse("certain", _("This is the last admin. Make somebody else an admin first."))
        return _page(form, user)
    except NoHeir:
        form.refuse_heir()
        return _page(form, user)
    flash(_("The account is deleted."))
    return see_other(url_for("admin.list_users"))


def _page(form: DeletionForm, user: User) -> str | tuple[str, int]:
    page = render_template("admin/delete_user.html", form=form, user=user, belongings=belongings_of(user))
    return (page, 422) if form.errors else page


def _user(user_id: int) -> User:
    return queries.user_by_id(user_id) or abort(404)
