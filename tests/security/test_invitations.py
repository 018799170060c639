"""Attacks on invitations and the set-up link."""

import pytest
from sqlalchemy import func, select

from blog import clock
from blog.auth.invitations import operations
from blog.auth.invitations.models import Invitation
from blog.auth.models import Role, User
from blog.auth.operations import new_set_up_link
from blog.auth.sessions import digest
from blog.db import db
from blog.site.models import AuditEvent
from tests.browser_like import Browser
from tests.together import at_once

pytestmark = pytest.mark.two_databases

GOOD = "harbour ledger mallet 77"


def invited(make, role=Role.EDITOR):
    admin = make.user("admin", username="theboss")
    return make.act(lambda: operations.invite(role, email=None, by=db.session.get(User, admin.id), now=clock.now()))


def accept(app, secret, number=1):
    browser = Browser(app)
    browser.address = f"198.51.100.{number}"
    browser.get(f"/invitation/{secret}")
    fields = {"username": f"mallory-{number}", "email": f"mallory-{number}@example.org", "password": GOOD}
    return browser.post("/invitation", fields)


def editors(make):
    return make.read(lambda: db.session.scalar(select(func.count()).where(User.role == Role.EDITOR)))


def test_the_audit_log_and_the_log_have_no_address_of_who_is_invited(app, make, caplog):
    admin = make.user("admin", username="theboss")

    def act():
        by = db.session.get(User, admin.id)
        operations.invite(Role.AUTHOR, email="kim@example.org", by=by, now=clock.now())
        number = db.session.scalar(select(Invitation.id))
        operations.revoke_invitation(number, by=by)
        return number

    with caplog.at_level("INFO", logger="blog.audit"):
        number = make.act(act)

    labels = make.read(lambda: list(db.session.scalars(select(AuditEvent.subject_label))))
    assert [label for label in labels if "author" in label] == [f"invitation {number} (author)"] * 2
    assert "kim@" not in "".join(labels) + caplog.text + "".join(str(record.__dict__) for record in caplog.records)


# 37. Invite and set-up token reuse; set-up page after set-up


def test_an_invitation_is_used_once(app, make):
    secret = invited(make)

    assert accept(app, secret, 1).status == 303
    assert accept(app, secret, 2).status == 410
    assert editors(make) == 1


def test_an_invitation_used_by_twenty_at_once_is_used_once(app, make):
    secret = invited(make)

    answers = at_once(20, lambda number: accept(app, secret, number + 1))

    assert sorted(answer.status for answer in answers) == [303] + [410] * 19
    assert editors(make) == 1


def test_the_set_up_link_and_its_page_are_gone_after_set_up(app, make, visitor):
    secret = make.act(lambda: new_set_up_link(now=clock.now()))
    fields = {"username": "ines", "email": "ines@example.org", "password": GOOD, "site_title": "Spare Parts"}

    late = Browser(app)
    late.get(f"/setup/{secret}", follow=True)

    opened = visitor.get(f"/setup/{secret}", follow=True)
    first = visitor.post("/setup", fields)
    second = late.post("/setup", fields | {"username": "mallory", "email": "m@example.org"})

    assert (opened.status, opened.url) == (200, "/setup")
    assert secret not in opened.html
    assert first.status == 303
    assert not visitor.cookie("link-setup")
    assert second.status == 410
    assert Browser(app).get(f"/setup/{secret}", follow=True).status == 410


def test_the_set_up_page_opens_only_where_its_link_was(app, make, visitor):
    make.act(lambda: new_set_up_link(now=clock.now()))

    assert visitor.get("/setup").status == 404
    assert visitor.post("/setup", {"username": "mallory", "password": GOOD}).status == 404


def test_the_role_is_that_of_the_invitation_whatever_the_form_says(app, make):
    secret = invited(make, Role.READER)
    browser = Browser(app)
    browser.get(f"/invitation/{secret}")

    browser.post(
        "/invitation",
        {
            "username": "mallory",
            "email": "m@example.org",
            "password": GOOD,
            "role": "admin",
            "invitation.role": "admin",
        },
    )

    assert make.read(lambda: db.session.scalar(select(User.role).where(User.username == "mallory"))) is Role.READER


def test_the_database_holds_no_secret_of_an_invitation(make):
    secret = invited(make)

    rows = make.read(lambda: [tuple(row) for row in db.session.execute(select(Invitation.__table__))])

    assert digest(secret) in rows[0]
    assert secret not in str(rows)


def test_a_link_from_elsewhere_accepts_nothing(app, make):
    secret = invited(make)
    browser = Browser(app)
    browser.get(f"/invitation/{secret}")

    page = browser.post(
        "/invitation",
        {"username": "mallory", "email": "m@example.org", "password": GOOD},
        headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"},
    )

    assert page.status == 403
    assert editors(make) == 0
