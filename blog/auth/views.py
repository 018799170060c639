"""Registering, signing in and out, changing what one signs in with."""

from flask import Blueprint, Flask, Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import Forbidden, TooManyRequests

from blog import clock
from blog.auth import forms, operations, policies, queries, throttles
from blog.auth.current import begin_session_cookie, current_session, login_required, member, signed_in
from blog.auth.models import TokenPurpose, User
from blog.auth.names import username_key
from blog.auth.operations import EmailTaken, Registration, TokenInvalid, UsernameTaken
from blog.auth.passwords import hash_password, is_right
from blog.auth.sessions import end_session, end_sessions, renew_session, sessions_of, start_session
from blog.db import begin_write
from blog.site.current import current_site
from blog.web.errors import show_error
from blog.web.forms import Form
from blog.web.responses import see_other
from blog.web.security import clear_session_cookie, local_path

blueprint = Blueprint("auth", __name__)


def init_app(app: Flask) -> None:
    """Register the addresses."""
    app.register_error_handler(policies.NotAllowed, lambda _error: show_error(Forbidden()))
    app.register_blueprint(blueprint)


@blueprint.route("/register", methods=["GET", "POST"])
def create_account() -> Response | str | tuple[str, int]:
    """A visitor makes an account and is signed in."""
    form = forms.RegistrationForm()
    next_path = local_path(request.values.get("next"), url_for("posts.list_posts"))

    if not policies.can_register(signed_in(), current_site()):
        return see_other(next_path) if signed_in() else (render_template("auth/closed.html"), 403)

    if not form.is_valid():
        return _form_page("auth/create_account.html", form, next=next_path)

    try:
        user = _register(Registration(form.username.data, form.email.data, hash_password(form.password.data)))
    except UsernameTaken:
        form.refuse("username", _("Somebody has this name. Choose another one."))
        return _form_page("auth/create_account.html", form, next=next_path)
    except EmailTaken:
        form.refuse("email", _("There is an account with this address. Sign in with it, or ask for a reset link."))
        return _form_page("auth/create_account.html", form, next=next_path)

    flash(_("Welcome, %(name)s.", name=user.display_name))
    return _signed_in_answer(user, next_path, remember=False)


@blueprint.route("/login", methods=["GET", "POST"])
def log_in() -> Response | str | tuple[str, int]:
    """A visitor signs in; a wrong name and a wrong password are one answer, after the same time."""
    form = forms.LogInForm()
    next_path = local_path(request.values.get("next"), url_for("posts.list_posts"))
    if signed_in():
        return see_other(next_path)

    if not form.is_valid():
        return _form_page("auth/log_in.html", form, next=next_path)

    user = queries.user_by_login(form.login.data)
    account = _begin_try(user, form.login.data)
    if not (is_right(user.password_hash if user else None, form.password.data) and user and user.is_active):
        form.refuse("password", _("The name or the password is wrong."))
        return _form_page("auth/log_in.html", form, next=next_path)

    throttles.note_success(account, request.remote_addr or "")
    begin_write()
    return _signed_in_answer(_found(user), next_path, remember=form.remember.data, password=form.password.data)


@blueprint.post("/logout")
def log_out() -> Response:
    """This browser is signed out."""
    if session := current_session():
        user, session_id = session.user, session.id
        begin_write()
        end_session(user, session_id)

    response = see_other(url_for("posts.list_posts"))
    clear_session_cookie(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
def reset_password(token: str) -> Response | str | tuple[str, int]:
    """Somebody with a link sets a password; they sign in with it afterwards."""
    try:
        found = operations.find_token(token, TokenPurpose.RESET_PASSWORD, now=clock.now()).user
    except TokenInvalid:
        return render_template("auth/link_spent.html"), 410

    user = _found(found)
    form = forms.PasswordResetForm(known=[user.username, user.email or ""])
    if not form.is_valid():
        return _form_page("auth/reset_password.html", form, username=user.username)

    password_hash = hash_password(form.password.data)
    begin_write()
    try:
        owner = _found(operations.use_token(token, TokenPurpose.RESET_PASSWORD, now=clock.now()))
    except TokenInvalid:
        return render_template("auth/link_spent.html"), 410
    operations.change_password(owner, password_hash)
    flash(_("Your password is set. Sign in with it."))
    return see_other(url_for("auth.log_in"))


@blueprint.route("/account/password", methods=["GET", "POST"])
@login_required
def change_password() -> Response | str | tuple[str, int]:
    """A member sets another password; their other browsers are signed out."""
    user = member()
    form = forms.PasswordChangeForm(known=[user.username, user.email or ""])

    if not form.is_valid() or not _confirms(user, form):
        return _form_page("auth/change_password.html", form)

    password_hash = hash_password(form.password.data)
    begin_write()
    session = current_session() or abort(401)
    operations.change_password(user, password_hash, keep_session=session.id)
    flash(_("Your password is changed. Other devices are signed out."))
    return begin_session_cookie(
        see_other(url_for("auth.change_password")), renew_session(session, clock.now()), remember=session.is_remembered
    )


@blueprint.route("/account/email", methods=["GET", "POST"])
@login_required
def change_email() -> Response | str | tuple[str, int]:
    """A member gives another e-mail address."""
    user = member()
    form = forms.EmailChangeForm()

    if not form.is_valid() or not _confirms(user, form):
        return _form_page("auth/change_email.html", form, email=user.email)

    begin_write()
    try:
        operations.change_email(user, form.email.data)
    except EmailTaken:
        form.refuse("email", _("Another account has this address."))
        return _form_page("auth/change_email.html", form, email=user.email)
    flash(_("Your e-mail address is changed."))
    return see_other(url_for("auth.change_email"))


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
    return see_other(url_for("auth.list_sessions"))


@blueprint.post("/account/sessions/deletion")
@login_required
def delete_other_sessions() -> Response:
    """A member signs all their other browsers out."""
    user, session = member(), current_session() or abort(401)

    begin_write()
    end_sessions(user, keep=session.id)
    flash(_("All other devices are signed out."))
    return see_other(url_for("auth.list_sessions"))


def _register(registration: Registration) -> User:
    begin_write()
    return operations.create_account(registration, now=clock.now())


def _signed_in_answer(user: User, next_path: str, *, remember: bool, password: str | None = None) -> Response:
    if password:
        operations.refresh_hash(user, password)
    user_agent = request.headers.get("User-Agent", "")
    secret = start_session(user, remember=remember, user_agent=user_agent, now=clock.now())
    return begin_session_cookie(see_other(next_path), secret, remember=remember)


def _begin_try(user: User | None, login: str) -> str:
    """Count the try, or refuse it (429); the name under which it counts, however the account's is written."""
    account = f"user {user.id}" if user else f"name {username_key(login)}"
    wait = throttles.begin_try(account, request.remote_addr or "", clock.now())
    if wait:
        seconds = int(wait.total_seconds()) + 1
        raise TooManyRequests(
            ngettext("Try again in %(num)d second.", "Try again in %(num)d seconds.", seconds), retry_after=seconds
        )
    return account


def _confirms(user: User, form: forms.PasswordChangeForm | forms.EmailChangeForm) -> bool:
    """True if the password of now was typed; else the form says so, and guessing is throttled like signing in."""
    account = _begin_try(user, user.username)
    if is_right(user.password_hash, form.current_password.data):
        throttles.note_success(account, request.remote_addr or "")
        return True
    form.refuse("current_password", _("This is not your password."))
    return False


def _form_page(template: str, form: Form, **context: object) -> str | tuple[str, int]:
    page = render_template(template, form=form, **context)
    return (page, 422) if form.errors else page


def _found(user: User | None) -> User:
    return user or abort(404)
