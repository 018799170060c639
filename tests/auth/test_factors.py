"""The second step: an app's codes, recovery codes, and a sign-in that waits for them."""

import base64
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select, update

from blog import clock
from blog.auth import operations as accounts
from blog.auth import throttles
from blog.auth.factors import codes, operations, queries
from blog.auth.factors.models import PENDING_LIFETIME, PENDING_TRIES, Authenticator, PendingSignIn, RecoveryCode
from blog.auth.models import User, UserSession
from blog.auth.policies import NotAllowed
from blog.db import db
from tests.browser_like import Browser
from tests.factories import PASSWORD, SECRET


def code(after=0, secret=SECRET):
    """What the app shows, so many half minutes from now."""
    return pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30 * after))


def wrong_code():
    """Six digits that the app does not show around now."""
    near = {code(after) for after in range(-3, 4)}
    return next(f"{number:06d}" for number in range(10) if f"{number:06d}" not in near)


def count(make, model):
    return make.read(lambda: db.session.scalar(select(func.count()).select_from(model)))


def type_password(browser, user, **fields):
    """Sign in as far as the second step."""
    browser.get("/login")
    return browser.submit("/login", follow=False, login=user.username, password=PASSWORD, **fields)


@pytest.fixture
def owner(make):
    """Somebody with an app."""
    user = make.user("author")
    make.authenticator(user)
    return user


@pytest.fixture
def paper(owner, make):
    """Their recovery codes."""
    return make.act(lambda: operations.renew_recovery_codes(db.session.get(User, owner.id)))


# Setting up


def test_an_app_is_set_up_with_a_code_that_it_shows(visitor, make):
    user = make.user()
    visitor.sign_in(user)
    before = visitor.cookie("session")
    page = visitor.get("/account/security/authenticator")
    secret = page.one("input", name="secret").get("value")

    done = visitor.submit("/account/security/authenticator", code=code(secret=secret))

    assert len(base64.b32decode(secret)) == 20
    assert "".join(page.one("code", class_="key").itertext()) == secret
    assert page.one("img", class_="qr").get("src").startswith("data:image/svg+xml")
    assert any(link.startswith("otpauth://totp/") and secret in link for link in page.links())
    assert "Your recovery codes" in done.text
    assert len(set(re.findall(r"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b", done.text))) == 10
    assert visitor.cookie("session") != before
    assert make.read(lambda: db.session.get(Authenticator, user.id).secret) == secret
    assert "Remove" in visitor.get("/account/security").text


@pytest.mark.parametrize(("typed", "said"), [("000000", "not right"), ("", "Enter the code"), ("abc", "not right")])
def test_without_a_right_code_no_app_is_set_up(visitor, make, typed, said):
    visitor.sign_in(make.user())
    secret = visitor.get("/account/security/authenticator").one("input", name="secret").get("value")

    page = visitor.submit("/account/security/authenticator", code=typed)

    assert page.status == 422
    assert said in page.errors()
    assert page.one("input", name="secret").get("value") == secret
    assert count(make, Authenticator) == 0


@pytest.mark.parametrize("secret", ["A", "", "a" * 32, "A" * 31 + "1", "A" * 64])
def test_a_secret_that_was_not_made_here_is_refused(visitor, make, secret):
    visitor.sign_in(make.user())
    visitor.get("/account/security/authenticator")

    page = visitor.submit("/account/security/authenticator", secret=secret, code="000000")

    assert page.status == 422
    assert len(page.one("input", name="secret").get("value")) == 32
    assert page.one("input", name="secret").get("value") != secret


def test_another_app_replaces_the_one_of_before(visitor, make):
    user = make.user()
    visitor.sign_in(user)
    make.authenticator(user)
    secret = visitor.get("/account/security/authenticator").one("input", name="secret").get("value")

    visitor.submit("/account/security/authenticator", code=code(secret=secret))

    assert make.read(lambda: db.session.get(Authenticator, user.id).secret) == secret
    assert count(make, Authenticator) == 1


def test_other_sessions_end_when_a_factor_comes_or_goes(app, visitor, make):
    user = make.user()
    visitor.sign_in(user)
    elsewhere = Browser(app).sign_in(user)
    secret = visitor.get("/account/security/authenticator").one("input", name="secret").get("value")
    visitor.submit("/account/security/authenticator", code=code(secret=secret))
    ended_by_adding = elsewhere.get("/account/").location.startswith("/login")
    make.act(lambda: db.session.add(UserSession(**row_of(user))))

    visitor.get("/account/security")
    visitor.submit("/account/security/authenticator/deletion")

    assert ended_by_adding
    assert visitor.get("/account/").status == 200
    assert count(make, UserSession) == 1
    assert count(make, RecoveryCode) == 0


def row_of(user):
    now = clock.now()
    moments = {"created_at": now, "last_seen_at": now, "expires_at": now + timedelta(days=1)}
    return {"token_hash": "x" * 64, "user_id": user.id, "is_remembered": False, "user_agent": ""} | moments


@pytest.mark.parametrize(
    "path", ["/account/security/authenticator", "/account/security/passkeys", "/account/security/passkeys/1"]
)
def test_changes_ask_for_the_password_again(visitor, make, path):
    visitor.sign_in(make.user())
    make.act(lambda: db.session.execute(update(UserSession).values(confirmed_at=None)) and None)

    assert visitor.get(path).location.startswith("/account/confirm")


def test_new_recovery_codes_make_the_old_ones_void(visitor, make):
    user = make.user()
    visitor.sign_in(user)
    make.authenticator(user)
    old = make.act(lambda: operations.renew_recovery_codes(db.session.get(User, user.id)))
    visitor.get("/account/security")

    page = visitor.submit("/account/security/recovery-codes")

    assert count(make, RecoveryCode) == 10
    assert not make.read(lambda: queries.is_right_code(db.session.get(User, user.id), old[0], clock.now()))
    link = next(link for link in page.links() if link.startswith("data:text/plain"))
    assert link.count("%0A") == 9


def test_recovery_codes_want_a_factor_to_stand_in_for(visitor, make):
    visitor.sign_in(make.user())
    page = visitor.get("/account/")
    token = page.all("input", name="csrf_token")[0].get("value")

    visitor.post("/account/security/recovery-codes", {"csrf_token": token})

    assert count(make, RecoveryCode) == 0


def test_recovery_codes_have_eighty_random_bits_and_only_their_hash_is_stored(owner, paper, make):
    assert all(len(base64.b32decode(codes.plain(one).upper())) == 10 for one in paper)
    assert len(set(paper)) == 10
    stored = make.read(lambda: set(db.session.scalars(select(RecoveryCode.code_hash))))
    assert stored == {codes.recovery_digest(one) for one in paper}
    assert not any(codes.plain(one) in stored for one in paper)


# Signing in


def test_the_password_alone_leads_to_the_second_step_and_no_further(visitor, owner):
    page = type_password(visitor, owner)

    assert page.location.startswith("/login/factor")
    assert visitor.cookie("session") is None
    assert visitor.cookie("device") is None
    assert visitor.get("/account/").location.startswith("/login")


@pytest.mark.parametrize("shown", ["{}", " {} ", "{:.3} {:.3}"])
def test_the_code_of_the_app_signs_in(visitor, owner, make, shown):
    type_password(visitor, owner, next="/account/")
    digits = code()
    visitor.get("/login/factor?next=/account/")

    page = visitor.submit("/login/factor", follow=False, code=shown.format(digits, digits[3:]))

    assert page.location == "/account/"
    assert visitor.get("/account/").status == 200
    assert visitor.cookie("device")
    assert visitor.cookie("pending") is None
    assert count(make, PendingSignIn) == 0


@pytest.mark.parametrize(("after", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_taken_one_step_before_and_after_its_time(app, owner, make, after, taken):
    now = clock.now()
    shown = pyotp.TOTP(SECRET).at(now + timedelta(seconds=30 * after))

    assert make.read(lambda: queries.is_right_code(db.session.get(User, owner.id), shown, now)) is taken


def test_remembering_survives_the_second_step(visitor, owner, make):
    type_password(visitor, owner, remember="y")
    visitor.get("/login/factor")

    page = visitor.submit("/login/factor", follow=False, code=code())

    assert any("session=" in one and "Max-Age" in one for one in page.response.headers.getlist("Set-Cookie"))


def test_a_code_is_taken_once(app, owner):
    digits, answers = code(), []
    for _ in range(2):
        browser = Browser(app)
        type_password(browser, owner)
        browser.get("/login/factor")
        answers.append(browser.submit("/login/factor", follow=False, code=digits).status)

    assert answers == [303, 422]


def test_an_older_code_is_not_taken_after_a_newer_one(app, owner):
    answers = []
    for digits in (code(1), code()):
        browser = Browser(app)
        type_password(browser, owner)
        browser.get("/login/factor")
        answers.append(browser.submit("/login/factor", follow=False, code=digits).status)

    assert answers == [303, 422]


def test_a_recovery_code_signs_in_once_however_it_is_typed(app, owner, paper, make):
    answers = []
    for typed in (paper[0].upper().replace("-", " "), paper[0]):
        browser = Browser(app)
        type_password(browser, owner)
        browser.get("/login/factor")
        answers.append(browser.submit("/login/factor", follow=False, code=typed).status)

    assert answers == [303, 422]
    assert count(make, RecoveryCode) == 9


def test_the_recovery_code_of_another_is_refused(visitor, owner, paper, make):
    other = make.user()
    make.authenticator(other, secret="B" * 32)
    type_password(visitor, other)
    visitor.get("/login/factor")

    assert visitor.submit("/login/factor", follow=False, code=paper[0]).status == 422
    assert count(make, RecoveryCode) == 10


def test_five_wrong_codes_lead_back_to_the_password(visitor, owner, make):
    type_password(visitor, owner)
    visitor.get("/login/factor")

    answers = [visitor.submit("/login/factor", follow=False, code=wrong_code()) for _ in range(PENDING_TRIES - 1)]
    last = visitor.submit("/login/factor", follow=False, code=wrong_code())

    assert [page.status for page in answers] == [422] * (PENDING_TRIES - 1)
    assert last.location.startswith("/login")
    assert not last.location.startswith("/login/factor")
    assert visitor.get("/login/factor").location.startswith("/login")
    assert "sign in again" in visitor.get("/login").text


def test_who_knows_the_password_does_not_guess_codes_for_ever(app, owner):
    for _ in range(3):
        browser = Browser(app)
        type_password(browser, owner)
        page = browser.get("/login/factor")
        while page.status in (200, 422):
            page = browser.submit("/login/factor", follow=False, code=wrong_code())

    assert page.status == 429


def test_others_failures_from_the_same_network_do_not_hold_up_the_second_step(app, visitor, owner):
    type_password(visitor, owner)
    now = clock.now()
    with app.app_context():
        for number in range(throttles.NETWORK_FAILURES):
            throttles.begin(throttles.Try(f"name {number}", "127.0.0.1"), now)
    visitor.get("/login/factor")

    assert visitor.submit("/login/factor", follow=False, code=code()).status == 303


def known_browser(app, user):
    """A browser in which `user` was signed in before."""
    browser = Browser(app)
    type_password(browser, user)
    browser.get("/login/factor")
    browser.submit("/login/factor", follow=False, code=code(-1))
    browser.get("/account/")
    browser.submit("/logout")
    return browser


def guess_codes(app, user, tries):
    """How many codes were looked at, of those that are tried at one moment: from which network, from which device."""
    now = clock.now()
    with app.app_context():
        return sum(
            throttles.begin(throttles.Try(f"code of {user.id}", address, device, is_second=True), now).wait
            == timedelta()
            for address, device in tries
        )


@pytest.mark.usefixtures("long_waits")
def test_others_codes_do_not_hold_up_the_owner_in_a_browser_that_is_known(app, owner):
    mine, stranger = known_browser(app, owner), Browser(app)
    guess_codes(app, owner, [(f"198.51.100.{number}", None) for number in range(throttles.ACCOUNT_FREE_FAILURES)])

    statuses = []
    for browser in (stranger, mine):
        type_password(browser, owner)
        browser.get("/login/factor")
        statuses.append(browser.submit("/login/factor", follow=False, code=code()).status)

    assert statuses == [429, 303]


@pytest.mark.usefixtures("long_waits")
def test_codes_from_a_known_browser_are_limited_and_its_right_password_frees_none(app, owner):
    browser, answers = known_browser(app, owner), []
    for _ in range(2):
        type_password(browser, owner)
        browser.get("/login/factor")
        answers += [
            browser.post("/login/factor", {"code": wrong_code()}).status for _ in range(throttles.FREE_FAILURES)
        ]

    assert 422 in answers[: throttles.FREE_FAILURES]
    assert set(answers[throttles.FREE_FAILURES :]) == {429}


def test_codes_from_all_known_browsers_of_an_account_have_one_bound(app, owner):
    devices = throttles.ACCOUNT_FREE_FAILURES // throttles.FREE_FAILURES + 2
    tries = [("198.51.100.1", device) for device in range(devices) for _ in range(throttles.FREE_FAILURES)]

    looked_at = guess_codes(app, owner, tries)

    assert looked_at == throttles.ACCOUNT_FREE_FAILURES


@pytest.mark.parametrize("how", ["too old", "asleep", "another password", "finished"])
def test_a_sign_in_waits_no_longer_than_it_should(visitor, owner, make, how):
    type_password(visitor, owner)
    visitor.get("/login/factor")

    def mine():
        return db.session.get(User, owner.id)

    if how == "too old":
        past = clock.now() - PENDING_LIFETIME
        make.act(lambda: db.session.execute(update(PendingSignIn).values(expires_at=past)) and None)
    elif how == "asleep":
        make.act(lambda: setattr(mine(), "deactivated_at", clock.now()))
    elif how == "another password":
        make.act(lambda: accounts.change_password(mine(), "x"))
    else:
        make.act(lambda: db.session.execute(PendingSignIn.__table__.delete()) and None)

    page = visitor.submit("/login/factor", follow=False, code=code())

    assert page.location.startswith("/login?")
    assert visitor.get("/account/").location.startswith("/login")


def test_old_waiting_sign_ins_are_swept_away(visitor, owner, make):
    type_password(visitor, owner)
    past = clock.now()
    make.act(lambda: db.session.execute(update(PendingSignIn).values(expires_at=past)) and None)

    type_password(visitor, owner)

    assert count(make, PendingSignIn) == 1


def test_the_code_of_one_sign_in_finishes_no_other(app, owner, make):
    """The code is right, but belongs to the account of another session's second step."""
    victim = make.user()
    make.authenticator(victim, secret="B" * 32)
    attacker = Browser(app)
    type_password(attacker, victim)
    attacker.get("/login/factor")

    page = attacker.submit("/login/factor", follow=False, code=code())

    assert page.status == 422


def test_a_reset_link_removes_no_factor(app, visitor, owner, make):
    secret = make.act(lambda: accounts.new_reset_link(db.session.get(User, owner.id), now=clock.now()))
    visitor.get(f"/reset/{secret}", follow=True)
    visitor.submit("/reset", password="harbour ledger mallet 77")

    visitor.get("/login")
    page = visitor.submit("/login", follow=False, login=owner.username, password="harbour ledger mallet 77")

    assert page.location.startswith("/login/factor")
    assert count(make, Authenticator) == 1


def test_twenty_uses_of_one_code_at_once_are_one(app, owner, make):
    browsers = [Browser(app, address=f"198.51.100.{number}") for number in range(20)]
    for browser in browsers:
        type_password(browser, owner)
    digits = code()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda one: one.post("/login/factor", {"code": digits}).status, browsers))

    assert answers.count(303) == 1
    assert set(answers) <= {303, 422, 503}
    assert count(make, UserSession) == 1


# Those who must have one


@pytest.mark.parametrize(
    ("setting", "held"),
    [("nobody", set()), ("admins", {"admin"}), ("authors", {"author", "editor", "admin"})],
)
def test_the_setting_holds_those_of_the_role_at_setting_one_up(app, make, setting, held):
    people = {role: Browser(app).sign_in(make.user(role)) for role in ("reader", "author", "editor", "admin")}
    make.settings(second_factor_required=setting)

    sent = {role for role, browser in people.items() if browser.get("/").location == "/account/security"}

    assert sent == held


def test_who_must_set_one_up_can_do_that_and_sign_out_and_nothing_else(visitor, make):
    visitor.sign_in(make.user("author"))
    page = visitor.get("/write/new")
    make.settings(second_factor_required="authors")

    refused = visitor.submit("/write/new", title="A long title for a post", body="Words " * 30)
    away = [visitor.get(path).location for path in ("/", "/write/", "/account/", "/account/password", "/admin/")]
    page = visitor.get("/account/security")

    assert refused.status == 403
    assert "Words Words" in refused.html
    assert set(away) == {"/account/security"}
    assert "asks people with your role" in page.text
    secret = visitor.get("/account/security/authenticator").one("input", name="secret").get("value")
    visitor.submit("/account/security/authenticator", code=code(secret=secret))
    assert visitor.get("/write/").status == 200
    visitor.get("/account/")
    visitor.submit("/logout")


def test_who_must_set_one_up_can_sign_out(visitor, make):
    visitor.sign_in(make.user("admin"))
    make.settings(second_factor_required="admins")
    visitor.get("/account/security")

    visitor.submit("/logout", follow=False)

    assert visitor.cookie("session") is None


# Those who have lost theirs


def test_an_admin_removes_the_factors_of_somebody_who_lost_them(app, owner, paper, make):
    admin = Browser(app).sign_in(make.user("admin"))
    make.passkey(owner)
    admin.get(f"/admin/users/{owner.id}")

    page = admin.submit(f"/admin/users/{owner.id}/factors/deletion")

    assert "removed" in page.text
    assert not make.read(lambda: queries.has_factor(db.session.get(User, owner.id)))
    assert count(make, RecoveryCode) == 0
    assert not [form for form in page.all("form") if "factors" in (form.get("action") or "")]


def test_others_than_admins_remove_nobodys_factors(owner, make):
    editor = make.user("editor")

    with pytest.raises(NotAllowed):
        make.act(lambda: operations.drop_factors_of(db.session.get(User, owner.id), by=db.session.get(User, editor.id)))

    assert count(make, Authenticator) == 1


def test_a_command_removes_the_factors(app, owner, make):
    result = app.test_cli_runner().invoke(args=["user", "reset-factors", owner.username])
    unknown = app.test_cli_runner().invoke(args=["user", "reset-factors", "nobody-at-all"])

    assert (result.exit_code, unknown.exit_code) == (0, 1)
    assert count(make, Authenticator) == 0


def test_a_passkey_is_not_offered_in_another_window_while_the_second_step_waits(app, visitor, owner):
    app.config["BASE_URL"], before = "http://localhost:8000", app.config["BASE_URL"]
    try:
        browser = Browser(app)
        offered = browser.get("/login").one("passkey-button")
        type_password(browser, owner)
        waiting = browser.get("/login").one("passkey-button")
    finally:
        app.config["BASE_URL"] = before

    assert (offered.get("data-offered-by"), waiting.get("data-offered-by")) == ("login", None)
