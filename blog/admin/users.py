"""People: finding them, their roles, putting accounts to sleep, links with which they set a password."""

from flask import Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from blog import clock
from blog.admin.blueprint import blueprint
from blog.admin.forms import RoleForm
from blog.auth import operations, policies, queries
from blog.auth.confirmation import confirmed_to_change, recently_confirmed
from blog.auth.current import member
from blog.auth.factors.operations import drop_factors_of
from blog.auth.factors.queries import has_factor
from blog.auth.models import Role, User
from blog.auth.notices import notify
from blog.auth.operations import RESET_LINK_LIFETIME, LastAdmin
from blog.auth.queries import UserFilter
from blog.db import begin_write
from blog.web.addresses import absolute_url
from blog.web.forms import LARGEST_ID, storable
from blog.web.pagination import Slice
from blog.web.responses import see_other
from blog.web.security import local_path

USERS_PER_PAGE = 50
SEARCH_LENGTH = 100
STATES = {"active": True, "deactivated": False}
"""As they stand in an address: whether the accounts are active."""


@blueprint.get("/users")
def list_users() -> str:
    """Everybody, or those that were searched for, the newest account first."""
    return _list()


@blueprint.post("/users/deactivation")
def create_deactivation() -> Response | tuple[str, int]:
    """The chosen accounts are put to sleep, all or none."""
    chosen = _chosen()
    if not chosen:
        return _list(_("Choose somebody first.")), 422

    begin_write()
    try:
        operations.deactivate_accounts(_users(chosen), by=member(), now=clock.now())
    except LastAdmin:
        return _list(_("Nobody was deactivated: the site needs somebody who can run it."), chosen), 409
    flash(ngettext("One account is deactivated.", "%(num)s accounts are deactivated.", len(chosen)))
    return _back()


@blueprint.post("/users/deactivation/deletion")
@recently_confirmed
def delete_deactivation() -> Response | tuple[str, int]:
    """The chosen accounts wake up, all or none."""
    chosen = _chosen()
    if not chosen:
        return _list(_("Choose somebody first.")), 422

    begin_write()
    operations.reactivate_accounts(_users(chosen), by=member())
    flash(ngettext("One account is active again.", "%(num)s accounts are active again.", len(chosen)))
    return _back()


@blueprint.route("/users/<int:user_id>", methods=["GET", "POST"])
@confirmed_to_change
def edit_user(user_id: int) -> Response | str | tuple[str, int]:
    """One account: who it is, and its role."""
    user = _user(user_id)
    form = RoleForm(obj=user)

    if not form.is_valid():
        return _page(user, form)

    begin_write()
    try:
        operations.change_role(_user(user_id), form.role.data, by=member())
    except LastAdmin:
        form.refuse("role", _("This is the last admin. Make somebody else an admin first."))
        return _page(user, form)
    flash(_("The role is changed."))
    return see_other(url_for("admin.edit_user", user_id=user_id))


@blueprint.post("/users/<int:user_id>/reset-link")
@recently_confirmed
def create_reset_link(user_id: int) -> Response | str | tuple[str, int]:
    """A link with which somebody sets a password, shown on this one answer and never again."""
    user = _user(user_id)

    begin_write()
    policies.require(policies.can_administer(member()) and policies.can_reset(_user(user_id)))
    secret = operations.new_reset_link(user, now=clock.now())
    notify(user, _("An admin has made a link with which another password can be set for your account."))
    return _page(user, RoleForm(formdata=None, obj=user), absolute_url("auth.open_reset_link", token=secret))


@blueprint.post("/users/<int:user_id>/factors/deletion")
@recently_confirmed
def delete_factors(user_id: int) -> Response:
    """Somebody who has lost their second factors signs in with the password alone again."""
    _user(user_id)

    begin_write()
    drop_factors_of(_user(user_id), by=member())
    notify(_user(user_id), _("An admin has removed the second steps of signing in."))
    flash(_("Their second factors are removed, and they are signed out."))
    return see_other(url_for("admin.edit_user", user_id=user_id))


def _list(problem: str | None = None, chosen: tuple[int, ...] = ()) -> str:
    wanted = Slice.parse(request.args.get("before"), request.args.get("after"), USERS_PER_PAGE)
    typed = storable(request.args.get("q", "")).strip()[:SEARCH_LENGTH] or None
    role, state = request.args.get("role"), request.args.get("state")
    filtered = UserFilter(typed or "", Role(role) if role in list(Role) else None, STATES.get(state or ""))
    page = queries.find_users(filtered, wanted)
    search = {"q": typed, "role": filtered.role, "state": state if state in STATES else None}
    return render_template("admin/users.html", page=page, search=search, problem=problem, chosen=chosen)


def _page(user: User, form: RoleForm, reset_link: str | None = None) -> str | tuple[str, int]:
    hours = int(RESET_LINK_LIFETIME.total_seconds() // 3600)
    page = render_template(
        "admin/user.html", user=user, form=form, reset_link=reset_link, hours=hours, has_factor=has_factor(user)
    )
    return (page, 422) if form.errors else page


def _user(user_id: int) -> User:
    return queries.user_by_id(user_id) or abort(404)


def _chosen() -> tuple[int, ...]:
    """The ids of the accounts that were ticked; what is no id names nobody."""
    ids = {int(text) if text.isascii() and text.isdecimal() else 0 for text in request.form.getlist("user")}
    return tuple(sorted(ids)) if all(0 < one <= LARGEST_ID for one in ids) else abort(404)


def _users(ids: tuple[int, ...]) -> list[User]:
    """The accounts with these ids, every one."""
    found = queries.users_by_ids(list(ids))
    return found if len(found) == len(ids) else abort(404)


def _back() -> Response:
    """Where the button was: the list as it was searched, or the page of the account."""
    return see_other(local_path(request.form.get("next"), url_for("admin.list_users")))
