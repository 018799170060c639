"""A passer-by at the open browser of somebody who has gone for coffee: what gives or widens rights asks who is there."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from blog import clock
from blog.auth.invitations.models import Invitation
from blog.auth.models import CONFIRMED_FOR, AccountToken, Role, UserSession
from blog.db import db
from blog.site.settings import read_settings
from tests.browser_like import Browser
from tests.factories import PASSWORD

COFFEE = CONFIRMED_FOR + timedelta(minutes=1)


@pytest.fixture
def boss(make):
    return make.user("admin", username="theboss")


@pytest.fixture
def open_browser(app, make, boss):
    """Hers; the password was typed hours ago, and she was here a moment ago."""
    return Browser(app).sign_in(boss)


def go_for_coffee(make):
    moment = clock.now() - COFFEE
    make.act(lambda: db.session.execute(update(UserSession).values(confirmed_at=moment)) and None)


def count(make, model):
    return make.read(lambda: db.session.scalar(select(func.count()).select_from(model)))


def is_refused(page):
    return page.status == 403 and "Is it still you" in page.text


@pytest.mark.parametrize("whose", ["their own", "another"])
def test_no_reset_link_is_made(open_browser, make, boss, whose):
    user = boss if whose == "their own" else make.user()
    open_browser.get(f"/admin/users/{user.id}")
    go_for_coffee(make)

    page = open_browser.submit("/reset-link")

    assert is_refused(page)
    assert count(make, AccountToken) == 0


def test_no_role_is_changed(open_browser, make):
    friend = make.user()
    open_browser.get(f"/admin/users/{friend.id}")
    go_for_coffee(make)

    page = open_browser.submit(f"/admin/users/{friend.id}", role="admin")

    assert is_refused(page)
    assert make.fresh(friend).role is Role.READER


@pytest.mark.parametrize("role", ["admin", "reader"])
def test_nobody_is_invited(open_browser, make, role):
    open_browser.get("/admin/invitations")
    go_for_coffee(make)

    page = open_browser.submit("/admin/invitations", role=role)

    assert is_refused(page)
    assert count(make, Invitation) == 0


def test_nobody_is_woken(open_browser, make):
    asleep = make.user("admin", deactivated_at=clock.now())
    open_browser.get(f"/admin/users/{asleep.id}")
    go_for_coffee(make)

    page = open_browser.submit(via="/admin/users/deactivation/deletion", action="/deactivation")

    assert is_refused(page)
    assert make.fresh(asleep).deactivated_at


@pytest.mark.parametrize("path", ["/factors/deletion", "/deletion"])
def test_no_factor_and_no_account_is_taken_away(open_browser, make, path):
    user = make.user()
    make.authenticator(user)
    open_browser.get(f"/admin/users/{user.id}")
    token = open_browser.page.all("input", name="csrf_token")[0].get("value")
    go_for_coffee(make)

    page = open_browser.post(f"/admin/users/{user.id}{path}", {"csrf_token": token, "certain": "y"})

    assert is_refused(page)
    assert make.fresh(user)


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [("second_factor_required", "admins", "nobody"), ("sign_ups", "closed", "open")],
)
def test_signing_in_and_up_is_not_made_easier(open_browser, make, boss, field, before, after):
    make.authenticator(boss)
    make.settings(**{field: before})
    open_browser.get("/admin/settings")
    go_for_coffee(make)

    page = open_browser.submit("/admin/settings", **{field: after})

    assert is_refused(page)
    assert make.read(lambda: getattr(read_settings(), field)) == before


def test_looking_and_what_opens_no_door_goes_on(open_browser, make):
    friend = make.user()
    open_browser.get("/admin/settings")
    go_for_coffee(make)

    saved = open_browser.submit("/admin/settings", tagline="On paper", follow=False)
    looked = [open_browser.get(path).status for path in (f"/admin/users/{friend.id}", "/admin/invitations")]

    assert saved.status == 303
    assert looked == [200, 200]


def test_who_confirms_sends_the_kept_form_again(open_browser, make):
    friend = make.user()
    open_browser.get(f"/admin/users/{friend.id}")
    go_for_coffee(make)
    late = open_browser.submit(f"/admin/users/{friend.id}", role="editor")
    open_browser.get("/account/confirm")
    open_browser.submit("/account/confirm", password=PASSWORD)
    open_browser.page = late

    open_browser.submit(f"/admin/users/{friend.id}")

    assert make.fresh(friend).role is Role.EDITOR


def test_who_gets_a_reset_link_made_is_told(open_browser, make, outbox):
    user = make.user(email="kofi@example.org")
    open_browser.get(f"/admin/users/{user.id}")

    page = open_browser.submit("/reset-link")

    secret = page.one("input", id="reset-link").get("value").rpartition("/")[2]
    assert "made a link" in outbox.text("kofi@example.org")
    assert secret not in outbox.text("kofi@example.org")
