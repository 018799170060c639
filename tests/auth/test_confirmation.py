"""The password again before what matters, and a new id for the session at each step up."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from blog import clock
from blog.auth import operations, throttles
from blog.auth.models import ADMIN_CONFIRMED_FOR, ADMIN_IDLE, CONFIRMED_FOR, Role, User, UserSession
from blog.db import db
from tests.browser_like import Browser
from tests.factories import PASSWORD, SECRET

A_MOMENT = timedelta(seconds=5)
ASKING = ("/account/password", "/account/email")


def age(make, **values):
    """Put moments of every session back by so much."""
    moments = {name: by if by is None else clock.now() - by for name, by in values.items()}
    make.act(lambda: db.session.execute(update(UserSession).values(**moments)) and None)


def confirmed_at(make):
    return make.read(lambda: db.session.scalar(select(UserSession.confirmed_at)))


@pytest.mark.parametrize("path", ASKING)
def test_who_has_just_signed_in_is_not_asked_again(visitor, make, path):
    visitor.sign_in(make.user())

    assert visitor.get(path).status == 200


@pytest.mark.parametrize("path", ASKING)
def test_who_typed_the_password_long_ago_types_it_again_and_comes_back(visitor, make, path):
    visitor.sign_in(make.user())
    age(make, confirmed_at=CONFIRMED_FOR)
    before = visitor.cookie("session")

    asked = visitor.get(f"{path}?x=1", follow=True)
    back = visitor.submit("/account/confirm", follow=False, password=PASSWORD)

    assert asked.url.startswith("/account/confirm")
    assert back.location == f"{path}?x=1"
    assert visitor.get(path).status == 200
    assert visitor.cookie("session") != before


@pytest.mark.parametrize("path", ASKING)
def test_it_counts_for_a_quarter_of_an_hour(visitor, make, path):
    visitor.sign_in(make.user())

    age(make, confirmed_at=CONFIRMED_FOR - A_MOMENT)
    still = visitor.get(path).status
    age(make, confirmed_at=CONFIRMED_FOR)
    no_more = visitor.get(path).location

    assert still == 200
    assert no_more.startswith("/account/confirm")


def test_a_session_of_before_there_was_confirming_is_asked(visitor, make):
    visitor.sign_in(make.user())
    age(make, confirmed_at=None)

    assert visitor.get("/account/email").location.startswith("/account/confirm")


def test_a_form_that_comes_too_late_changes_nothing_and_is_kept(visitor, make):
    user = make.user()
    visitor.sign_in(user)
    visitor.get("/account/email")
    age(make, confirmed_at=CONFIRMED_FOR)

    late = visitor.submit("/account/email", email="new@example.org")
    unchanged = make.fresh(user).unverified_email
    again = visitor.get("/account/confirm")
    visitor.submit("/account/confirm", password=PASSWORD)
    visitor.page = late  # the page that waited in another tab
    done = visitor.submit("/account/email")

    assert (late.status, again.status, done.status) == (403, 200, 200)
    assert unchanged is None
    assert make.fresh(user).unverified_email == "new@example.org"


def test_a_new_password_that_comes_too_late_is_not_shown_again(visitor, make):
    visitor.sign_in(make.user())
    visitor.get("/account/password")
    age(make, confirmed_at=CONFIRMED_FOR)

    late = visitor.submit("/account/password", password="harbour ledger mallet 77")

    assert late.status == 403
    assert "mallet" not in late.html


@pytest.mark.usefixtures("long_waits")
def test_the_wrong_password_confirms_nothing_and_is_throttled_like_signing_in(visitor, make):
    visitor.sign_in(make.user())
    age(make, confirmed_at=None)
    visitor.get("/account/confirm")
    before = visitor.cookie("session")

    statuses = [
        visitor.submit("/account/confirm", password=f"guess {number}").status
        for number in range(throttles.FREE_FAILURES)
    ]
    page = visitor.page
    refused = visitor.submit("/account/confirm", password=PASSWORD)

    assert statuses == [422] * throttles.FREE_FAILURES
    assert "not your password" in page.errors()
    assert refused.status == 429
    assert visitor.cookie("session") == before
    assert confirmed_at(make) is None


def test_one_browser_confirms_for_itself_only(app, visitor, make):
    user = make.user()
    visitor.sign_in(user)
    other = Browser(app).sign_in(user)
    age(make, confirmed_at=CONFIRMED_FOR)

    visitor.get("/account/confirm")
    visitor.submit("/account/confirm", password=PASSWORD)

    assert visitor.get("/account/email").status == 200
    assert other.get("/account/email").location.startswith("/account/confirm")


@pytest.mark.parametrize("place", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)"])
def test_confirming_never_leads_away(visitor, make, place):
    visitor.sign_in(make.user())
    visitor.get("/account/confirm", query_string={"next": place})

    back = visitor.submit("/account/confirm", follow=False, password=PASSWORD)

    assert back.location == "/account/"


def test_visitors_sign_in_first(visitor):
    assert visitor.get("/account/confirm").location.startswith("/login")
    assert visitor.get("/account/email").location.startswith("/login")


# The pages of admins


@pytest.mark.parametrize(
    ("moments", "asked"),
    [
        ({"confirmed_at": ADMIN_CONFIRMED_FOR - A_MOMENT}, False),
        ({"confirmed_at": ADMIN_CONFIRMED_FOR}, True),
        ({"last_seen_at": ADMIN_IDLE - A_MOMENT}, False),
        ({"last_seen_at": ADMIN_IDLE}, True),
    ],
)
@pytest.mark.parametrize("path", ["/admin/", "/admin/users", "/admin/settings"])
def test_admins_confirm_once_a_day_and_after_a_pause(visitor, make, path, moments, asked):
    visitor.sign_in(make.user("admin"), remember="y")
    age(make, **moments)

    page = visitor.get(path)

    assert page.location.startswith("/account/confirm") is asked
    assert page.status == (303 if asked else 200)


def test_a_pause_is_not_hidden_by_going_to_another_page_first(visitor, make):
    visitor.sign_in(make.user("admin"))
    age(make, last_seen_at=ADMIN_IDLE)

    home = visitor.get("/")
    admin = visitor.get("/admin/")

    assert home.status == 200
    assert admin.location.startswith("/account/confirm")


def test_an_act_of_an_admin_after_a_pause_is_refused(visitor, make):
    admin = make.user("admin")
    visitor.sign_in(admin)
    visitor.get("/admin/settings")
    age(make, last_seen_at=ADMIN_IDLE)

    late = visitor.submit("/admin/settings", title="Taken over")

    assert late.status == 403
    assert "Is it still you" in late.text
    assert "Taken over" not in visitor.get("/").text


def test_others_are_refused_before_they_are_asked(visitor, make):
    visitor.sign_in(make.user("editor"))
    age(make, confirmed_at=None)

    assert visitor.get("/admin/").status == 403


# Other rights, another id


@pytest.mark.parametrize(
    ("before", "after"), [(Role.READER, Role.ADMIN), (Role.READER, Role.AUTHOR), (Role.EDITOR, Role.READER)]
)
def test_no_session_of_before_carries_other_rights(visitor, make, before, after):
    user = make.user(before)
    visitor.sign_in(user)

    make.act(lambda: operations.set_role(db.session.get(User, user.id), after))

    assert visitor.get("/account/").location.startswith("/login")


def test_the_same_role_again_signs_nobody_out(visitor, make):
    user = make.user("author")
    visitor.sign_in(user)

    make.act(lambda: operations.set_role(db.session.get(User, user.id), Role.AUTHOR))

    assert visitor.get("/account/").status == 200


# With a second factor


def test_the_password_alone_confirms_nobody_whose_sign_in_asks_for_more(visitor, make):
    user = make.user()
    visitor.sign_in(user)
    make.authenticator(user)
    age(make, confirmed_at=None)
    visitor.get("/account/confirm?next=/account/email")

    without = visitor.submit("/account/confirm", password=PASSWORD)
    wrong = visitor.submit("/account/confirm", password=PASSWORD, code="000000")
    assert confirmed_at(make) is None
    right = visitor.submit("/account/confirm", follow=False, password=PASSWORD, code=pyotp.TOTP(SECRET).now())

    assert without.status == wrong.status == 422
    assert "This code is not right" in wrong.text
    assert right.location == "/account/email"
    assert confirmed_at(make) is not None


def test_a_code_confirms_once(visitor, make):
    user = make.user()
    visitor.sign_in(user)
    make.authenticator(user)
    shown = pyotp.TOTP(SECRET).now()
    statuses = []
    for _ in range(2):
        age(make, confirmed_at=None)
        visitor.get("/account/confirm")
        statuses.append(visitor.submit("/account/confirm", follow=False, password=PASSWORD, code=shown).status)

    assert statuses == [303, 422]


def test_a_code_without_the_password_confirms_nobody(visitor, make):
    user = make.user()
    visitor.sign_in(user)
    make.authenticator(user)
    age(make, confirmed_at=None)
    visitor.get("/account/confirm")

    page = visitor.submit("/account/confirm", password="a guess of mine", code=pyotp.TOTP(SECRET).now())

    assert page.status == 422
    assert confirmed_at(make) is None
