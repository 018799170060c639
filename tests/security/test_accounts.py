"""Attacks on accounts and sessions, each named by what it does; those on passkeys are in tests/auth/test_passkeys.py."""

import math
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from blog import clock
from blog.auth import operations, passwords, throttles
from blog.auth.factors.models import Authenticator, PendingSignIn
from blog.auth.models import Role, User, UserSession
from blog.auth.passwords import is_guessable
from blog.auth.sessions import new_secret
from blog.auth.throttles import Try
from blog.db import db
from blog.site.models import AuditEvent
from tests.browser_like import Browser
from tests.factories import PASSWORD, SECRET

pytestmark = pytest.mark.two_databases

GOOD = "harbour ledger mallet 77"
HERE = "203.0.113.9"


def use_cookie(app, secret, name="session"):
    """A browser of somebody who got hold of a cookie."""
    thief = Browser(app)
    thief.client.set_cookie(name, secret, domain="127.0.0.1")
    return thief


def is_in(browser):
    return browser.get("/account/").status == 200


# Sessions


def test_a_session_id_that_was_planted_before_the_sign_in_is_worth_nothing(app, visitor, make):
    user = make.user()
    planted = new_secret()
    visitor.get("/login")
    visitor.client.set_cookie("session", planted, domain="127.0.0.1")
    refused = visitor.post("/login", {"login": user.username, "password": PASSWORD})
    visitor.get("/login")
    visitor.submit("/login", login=user.username, password=PASSWORD)

    assert refused.status == 403  # the form of a visitor has no token, and the cookie asks for one
    assert visitor.cookie("session") != planted
    assert is_in(visitor)
    assert not is_in(use_cookie(app, planted))


@pytest.mark.parametrize("after", ["signing out", "another password", "another role", "deactivation", "being ended"])
def test_a_cookie_that_is_replayed_after_it_ended_is_dead(app, visitor, make, after):
    user, admin = make.user("author"), make.user("admin")
    visitor.sign_in(user)
    stolen = visitor.cookie("session")
    assert is_in(use_cookie(app, stolen))

    def mine():
        return db.session.get(User, user.id)

    visitor.get("/account/password")
    if after == "signing out":
        visitor.submit("/logout")
    elif after == "another password":
        visitor.submit("/account/password", password=GOOD)
    elif after == "another role":
        make.act(lambda: operations.set_role(mine(), Role.EDITOR))
    elif after == "deactivation":
        by = lambda: db.session.get(User, admin.id)  # noqa: E731
        make.act(lambda: operations.deactivate_accounts([mine()], by=by(), now=clock.now()))
    else:
        Browser(app).sign_in(user)
        other = Browser(app).sign_in(user)
        other.get("/account/sessions")
        other.submit("/account/sessions/deletion")

    assert not is_in(use_cookie(app, stolen))


def test_the_session_id_is_new_at_each_step(app, visitor, make):
    user = make.user()
    make.authenticator(user)
    visitor.get("/login")
    visitor.submit("/login", follow=False, login=user.username, password=PASSWORD)
    waiting = visitor.cookie("pending")
    visitor.get("/login/factor")
    visitor.submit("/login/factor", code=pyotp.TOTP(SECRET).now())
    ids = [visitor.cookie("session")]
    next_code = pyotp.TOTP(SECRET).at(int(time.time()) + 30)
    steps = (("/account/confirm", {"password": PASSWORD, "code": next_code}), ("/account/password", {"password": GOOD}))
    for path, fields in steps:
        visitor.get(path)
        visitor.submit(path, **fields)
        ids.append(visitor.cookie("session"))

    assert len({waiting, *ids}) == 4
    assert is_in(visitor)
    assert not any(is_in(use_cookie(app, one)) for one in (waiting, *ids[:-1]))


def test_ten_thousand_session_ids_are_all_different_and_random():
    ids = [new_secret() for _ in range(10_000)]
    characters = Counter("".join(ids))
    total = sum(characters.values())
    entropy = -sum(n / total * math.log2(n / total) for n in characters.values())

    assert len(set(ids)) == 10_000
    assert {len(one) for one in ids} == {43}
    assert entropy > 5.98  # of 6 bits that a character of base64url can hold


# Guessing


def test_one_password_for_everybody_is_stopped_by_the_network(app):
    now = clock.now()
    with app.app_context():
        counted = [throttles.begin(Try(f"user {n}", HERE), now).wait == timedelta() for n in range(200)]

    assert sum(counted) == throttles.NETWORK_FAILURES


def test_hundreds_of_networks_for_one_person_are_stopped_by_the_account(app, make):
    now = clock.now()
    with app.app_context():
        counted = [
            throttles.begin(Try("user 1", f"2001:db8:{number:x}::1"), now).wait == timedelta()
            for number in range(throttles.ALARM_FAILURES)
        ]

    assert sum(counted) == throttles.ACCOUNT_FREE_FAILURES
    alarms = select(func.count()).where(AuditEvent.event == "excess_login_fail")
    assert make.read(lambda: db.session.scalar(alarms)) == 1


def test_other_addresses_of_one_ipv6_network_are_one_guesser(app):
    now = clock.now()
    with app.app_context():
        counted = [
            throttles.begin(Try("user 1", f"2001:db8::{number:x}"), now).wait == timedelta() for number in range(200)
        ]

    assert sum(counted) == throttles.FREE_FAILURES


def answers_to(app, logins):
    guesser = Browser(app, address=HERE)
    return [guesser.post("/login", {"login": login, "password": "a guess"}).status for login in logins]


@pytest.mark.usefixtures("long_waits")
@pytest.mark.parametrize("there_is", [True, False])
def test_waiting_does_not_tell_whether_an_address_has_an_account(app, make, there_is):
    """The same address in other letters: both are one to whoever has an account and to whoever has none."""
    if there_is:
        make.user(username="kofi", email="kofi@example.org")

    statuses = answers_to(app, ["kofi@example.org"] * throttles.FREE_FAILURES + ["\uff4bofi@example.org"])

    assert statuses == [*[422] * throttles.FREE_FAILURES, 429]


def test_waiting_does_not_tell_whose_an_address_is(app, make):
    make.user(username="kofi", email="secret@example.org")
    make.user(username="esi")

    statuses = answers_to(app, [*["secret@example.org"] * throttles.FREE_FAILURES, "kofi", "esi", "nobody"])

    assert statuses == [422] * (throttles.FREE_FAILURES + 3)


@pytest.mark.usefixtures("long_waits")
def test_another_way_to_write_the_account_wins_no_further_guesses(app, make):
    """The right password, too, is not looked at meanwhile."""
    make.user(username="kofi", email="secret@example.org")
    answers_to(app, ["secret@example.org"] * throttles.FREE_FAILURES)

    page = Browser(app, address=HERE).post("/login", {"login": "kofi", "password": PASSWORD})

    assert page.status == 422
    assert "name or the password is wrong" in page.errors()
    assert Browser(app, address="198.51.100.9").post("/login", {"login": "kofi", "password": PASSWORD}).status == 303


def test_an_invented_forwarding_header_makes_no_other_network(app, make):
    user = make.user()
    guesser = Browser(app, address=HERE)
    statuses = []
    for number in range(throttles.FREE_FAILURES + 4):
        forwarded = {"X-Forwarded-For": f"198.51.100.{number}", "Forwarded": f"for=198.51.100.{number}"}
        statuses.append(guesser.post("/login", {"login": user.username, "password": "x"}, headers=forwarded).status)

    assert 429 in statuses


def test_a_thousand_failures_from_the_owners_own_network_do_not_keep_the_owner_out(app, make):
    user = make.user()
    owner = Browser(app, address=HERE).sign_in(user)
    owner.get("/account/")
    owner.submit("/logout")
    attacker = Browser(app, address=HERE)
    for number in range(1_000):
        assert attacker.post("/login", {"login": user.username, "password": f"x{number}"}).status in (422, 429)
    stranger = Browser(app, address=HERE).post("/login", {"login": user.username, "password": PASSWORD})

    owner.sign_in(user)

    assert stranger.status == 429
    assert is_in(owner)


# An app's secret


@pytest.mark.parametrize("whose", ["nobody's", "another's"])
def test_only_a_secret_that_was_offered_to_oneself_is_taken(app, visitor, make, whose):
    user = make.user()
    page = Browser(app).sign_in(make.user()).get("/account/security/authenticator")
    theirs = {name: page.one("input", name=name).get("value") for name in ("secret", "seal")}
    visitor.sign_in(user).get("/account/security/authenticator")
    chosen = theirs if whose == "another's" else {"secret": SECRET}

    refused = visitor.submit("/account/security/authenticator", code=pyotp.TOTP(chosen["secret"]).now(), **chosen)
    offered = visitor.page.one("input", name="secret").get("value")

    assert refused.status == 422
    assert offered not in (SECRET, theirs["secret"])
    assert make.read(lambda: db.session.get(Authenticator, user.id)) is None


# Past the second step


@pytest.fixture
def half_in(app, make):
    """An attacker who knows the password of an admin with an app."""
    admin = make.user("admin")
    make.authenticator(admin)
    browser = Browser(app)
    browser.get("/login")
    browser.submit("/login", follow=False, login=admin.username, password=PASSWORD, remember="y")
    return browser


@pytest.mark.parametrize("path", ["/admin/", "/account/", "/write/", "/account/security", "/account/confirm"])
def test_after_the_password_no_page_opens(half_in, path):
    assert half_in.get(path).location.startswith("/login")


def test_the_cookie_of_the_second_step_is_no_session(app, half_in):
    assert not is_in(use_cookie(app, half_in.cookie("pending")))


def test_a_code_of_ones_own_finishes_nobody_elses_sign_in(app, half_in, make):
    """GHSA-9m84: the code was checked for the account that was named, not for the one whose password was typed."""
    mine = make.user()
    make.authenticator(mine, secret="B" * 32)
    half_in.get("/login/factor")

    page = half_in.post(
        "/login/factor", {"code": pyotp.TOTP("B" * 32).now(), "login": mine.username, "user_id": mine.id}
    )

    assert page.status == 422
    assert not is_in(half_in)


def test_another_sign_in_beside_it_ends_nothing_and_opens_nothing(app, half_in, make):
    other = Browser(app).sign_in(make.user())
    other.client.set_cookie("pending", half_in.cookie("pending"), domain="127.0.0.1")

    assert other.get("/admin/").status == 403
    assert make.read(lambda: db.session.scalar(select(func.count()).select_from(PendingSignIn))) == 1


# Passwords


@pytest.mark.parametrize(("length", "status"), [(1_000_000, 422), (1_025, 422), (1_024, 422)])
def test_a_very_long_password_is_refused_without_being_hashed(app, make, length, status):
    user = make.user()
    began = time.perf_counter()

    page = Browser(app).post("/login", {"login": user.username, "password": "x" * length})

    assert page.status == status
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("a" * 72 + "harbour 1", "a" * 72 + "harbour 2"),
        ("  harbour ledger mallet", "harbour ledger mallet"),
        ("harbour ledger mallet ", "harbour ledger mallet"),
        ("harbour ledger\tmallet", "harbour ledger mallet"),
    ],
)
def test_a_password_is_compared_whole(right, wrong):
    stored = passwords.hash_password(right)

    assert passwords.is_right(stored, right)
    assert not passwords.is_right(stored, wrong)


def test_a_password_is_the_same_however_its_accents_are_composed():
    assert passwords.is_right(passwords.hash_password("café über naïve"), "cafe\u0301 u\u0308ber nai\u0308ve")


def test_the_most_common_passwords_are_refused():
    common = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= 8][:3_000]

    taken = [word for word in common if not is_guessable(word, known=[])]

    assert len(common) == 3_000
    assert taken == []


@pytest.mark.parametrize(
    "password",
    [
        "An empty house",
        "ines.castro.ines",
        "qwertyuiop asdfghjkl",
        "1234567890123",
        "passwordpassword",
        "aaaaaaaaaaaaaaaa",
    ],
)
def test_names_of_the_site_and_its_people_and_keyboards_are_refused(password):
    assert is_guessable(password, known=["An empty house", "ines.castro", "ines.castro@example.org"])


# Cost


def test_too_many_log_ins_at_once_are_told_to_come_back(app, make, monkeypatch):
    user = make.user()
    monkeypatch.setattr(passwords, "_queue", threading.BoundedSemaphore(1))
    monkeypatch.setattr(passwords, "_turn", threading.BoundedSemaphore(1))

    def enter(number):
        page = Browser(app, address=f"198.51.100.{number}").post(
            "/login", {"login": user.username, "password": PASSWORD}
        )
        return page.status, page.response.headers.get("Retry-After")

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(enter, range(12)))

    assert {status for status, _ in answers} == {303, 503}
    assert all(after for status, after in answers if status == 503)


def test_a_lost_session_is_not_found_by_its_stored_hash(app, visitor, make):
    visitor.sign_in(make.user())
    stored = make.read(lambda: db.session.scalar(select(UserSession.token_hash)))

    assert not is_in(use_cookie(app, stored))
