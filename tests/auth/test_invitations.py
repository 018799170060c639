"""Invitations: made by admins, used once, void when they should be; and who can make an account at all."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from blog import clock, jobs, mail
from blog.auth import operations as accounts
from blog.auth import policies, queries
from blog.auth.invitations import operations
from blog.auth.invitations.models import Invitation
from blog.auth.invitations.operations import INVITATION_LIFETIME, InvitationVoid
from blog.auth.models import Role, User, UserSession
from blog.auth.operations import EmailTaken, Registration
from blog.auth.policies import NotAllowed
from blog.db import db
from blog.site.models import AuditEvent
from blog.site.settings import SignUps
from blog.web.links import mark_of
from tests.browser_like import Browser
from tests.factories import PASSWORD

GOOD = "harbour ledger mallet 77"


@pytest.fixture
def admin(make):
    return make.user("admin", username="theboss", display_name="Ines")


@pytest.fixture
def invite(make, admin):
    """Makes an invitation; its secret."""

    def run(role=Role.AUTHOR, email=None, by=admin):
        def act():
            inviter = db.session.get(User, by.id) if by else None
            return operations.invite(role, email=email, by=inviter, now=clock.now())

        return make.act(act)

    return run


def open_ones(make):
    return make.read(lambda: db.session.scalar(select(func.count()).select_from(Invitation)))


def find(make, secret, now=None):
    return make.read(lambda: operations.find_invitation(secret, now=now or clock.now()).role)


def user_named(make, name):
    return make.read(lambda: db.session.scalar(select(User).where(User.username == name)))


def accept(browser, secret, username="kim", **fields):
    browser.get(f"/invitation/{secret}", follow=True)
    return browser.submit("/invitation", username=username, password=GOOD, **{"email": "kim@example.org", **fields})


# Using one


def test_who_is_invited_makes_an_account_with_the_role_and_is_signed_in(app, visitor, make, invite):
    secret = invite(Role.EDITOR)

    page = accept(visitor, secret)

    assert page.status == 200
    assert user_named(make, "kim").role is Role.EDITOR
    assert visitor.get("/write/").status == 200
    assert open_ones(make) == 0
    assert visitor.cookie("link-invitation") is None


def test_the_page_says_who_invites_and_for_what_and_has_the_address(visitor, make, invite):
    secret = invite(Role.AUTHOR, email="kim@example.org")
    make.settings(title="Spare Parts")

    page = visitor.get(f"/invitation/{secret}", follow=True)

    assert "Ines invites you to Spare Parts" in page.text
    assert "write posts of your own" in page.text
    assert page.one("input", name="email").get("value") == "kim@example.org"


def test_opening_the_link_spends_nothing_and_leaves_no_secret_in_the_address(visitor, make, invite):
    secret = invite()

    opened = visitor.get(f"/invitation/{secret}")
    twice = visitor.get(f"/invitation/{secret}", follow=True)

    assert opened.location == "/invitation"
    assert twice.status == 200
    assert secret not in twice.html
    assert twice.response.headers["Cache-Control"] == "private, no-store"
    assert open_ones(make) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"username": "theb0ss"}, "looks too much like"),
        ({"username": "theboss"}, "Somebody has this name"),
        ({"password": "short"}, "at least 12"),
    ],
)
def test_a_name_that_is_taken_does_not_spend_it(visitor, make, invite, fields, said):
    secret = invite()
    visitor.get(f"/invitation/{secret}", follow=True)

    page = visitor.submit("/invitation", **{"username": "kim", "email": "kim@example.org", "password": GOOD} | fields)

    assert page.status == 422
    assert said in page.errors()
    assert "Ines invites you" in page.text
    assert open_ones(make) == 1
    assert accept(visitor, secret).status == 200


def test_an_address_that_was_not_the_invited_one_is_to_be_confirmed_and_none_is_told(visitor, make, invite, outbox):
    secret = invite(email="kim@example.org")
    visitor.get(f"/invitation/{secret}", follow=True)

    page = visitor.submit("/invitation", username="kim", email="theboss@example.org", password=GOOD)

    kim = make.read(lambda: queries.user_by_username("kim"))
    assert page.status == 200
    assert (kim.email, kim.unverified_email) == (None, "theboss@example.org")
    assert [str(message["To"]) for message in outbox.messages] == ["kim@example.org", "theboss@example.org"]
    assert "/verify/" not in outbox.text("theboss@example.org")


def test_nobody_else_is_told_who_is_signed_in_already(app, make, invite):
    secret = invite(Role.EDITOR)
    reader = make.user(username="rosa")
    browser = Browser(app).sign_in(reader)

    page = browser.get(f"/invitation/{secret}", follow=True)
    token = page.all("input", name="csrf_token")[0].get("value")
    sent = browser.post(
        "/invitation", {"username": "kim", "email": "k@example.org", "password": GOOD, "csrf_token": token}
    )

    assert "You are signed in as rosa" in page.text
    assert sent.status == 200
    assert (user_named(make, "kim"), open_ones(make)) == (None, 1)
    assert make.fresh(reader).role is Role.READER


@pytest.fixture
def reader(make):
    return make.user(username="rosa")


def events(make):
    return make.read(lambda: list(db.session.scalars(select(AuditEvent.event).order_by(AuditEvent.id))))


def test_who_has_an_account_accepts_with_it(app, make, invite, reader):
    secret = invite(Role.EDITOR)
    elsewhere, browser = Browser(app).sign_in(reader), Browser(app).sign_in(reader)
    before = browser.cookie("session")
    shown = browser.get(f"/invitation/{secret}", follow=True)

    done = browser.submit("/account/invitation")

    assert "its role becomes Editor (it is Reader)" in shown.text
    assert done.url == "/write/"
    assert "work on everybody’s posts, now" in done.text
    assert make.fresh(reader).role is Role.EDITOR
    assert open_ones(make) == 0
    assert events(make)[-2:] == ["privilege_permissions_changed", "authn_token_used"]
    assert browser.cookie("session") != before
    assert browser.get("/account/").status == 200
    assert elsewhere.get("/account/").location.startswith("/login")
    assert browser.cookie("link-invitation") is None


@pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR])
def test_an_invitation_never_lowers_a_role_and_is_not_spent_for_nothing(app, make, invite, role):
    author = make.user("author")
    secret = invite(role)
    browser = Browser(app).sign_in(author)
    page = browser.get(f"/invitation/{secret}", follow=True)
    token = page.all("input", name="csrf_token")[0].get("value")

    refused = browser.post("/account/invitation", {"csrf_token": token, "link": mark_of(secret)})

    assert "nothing to accept" in page.text
    assert refused.location == "/invitation"
    assert make.fresh(author).role is Role.AUTHOR
    assert open_ones(make) == 1


def test_accepting_with_an_account_wants_the_password_typed_lately(app, make, invite, reader):
    secret = invite()
    browser = Browser(app).sign_in(reader)
    browser.get(f"/invitation/{secret}", follow=True)
    make.act(lambda: db.session.execute(update(UserSession).values(confirmed_at=None)) and None)

    late = browser.submit("/account/invitation")
    browser.get("/account/confirm")
    browser.submit("/account/confirm", password=PASSWORD)
    unchanged = make.fresh(reader).role
    browser.page = late
    done = browser.submit("/account/invitation")

    assert (late.status, unchanged) == (403, Role.READER)
    assert done.url == "/write/"
    assert make.fresh(reader).role is Role.AUTHOR


def test_one_invitation_is_accepted_with_one_account(app, make, invite):
    secret = invite()
    people = [make.user() for _ in range(4)]
    browsers = [Browser(app).sign_in(user) for user in people]
    for browser in browsers:
        browser.get(f"/invitation/{secret}", follow=True)

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda one: one.submit("/account/invitation", follow=False).status, browsers))

    assert sorted(statuses) == [303, 410, 410, 410]
    assert [make.fresh(user).role for user in people].count(Role.AUTHOR) == 1


def test_a_form_that_was_shown_for_another_invitation_accepts_nothing(app, make, invite, reader):
    first, second = invite(Role.AUTHOR), invite(Role.ADMIN)
    browser = Browser(app).sign_in(reader)
    shown = browser.get(f"/invitation/{first}", follow=True)
    browser.get(f"/invitation/{second}")
    browser.page = shown

    page = browser.submit("/account/invitation")

    assert "its role becomes Admin" in page.text
    assert (make.fresh(reader).role, open_ones(make)) == (Role.READER, 2)


def test_signing_out_leads_back_to_the_invitation(app, make, invite, reader):
    secret = invite()
    browser = Browser(app).sign_in(reader)
    page = browser.get(f"/invitation/{secret}", follow=True)
    browser.page.tree = page.one("main")

    page = browser.submit("/logout")

    assert page.url == "/invitation"
    assert page.one("input", name="username") is not None
    assert browser.cookie("session") is None


@pytest.mark.parametrize("place", ["//evil.test", "https://evil.test", "/\\evil.test"])
def test_signing_out_never_leads_away(visitor, make, place):
    visitor.sign_in(make.user())
    token = visitor.get("/account/").all("input", name="csrf_token")[0].get("value")

    assert visitor.post("/logout", {"csrf_token": token, "next": place}).location == "/"


def test_one_without_a_name_behind_it_comes_from_the_command_line(app, visitor, make):
    make.settings(title="Spare Parts")
    result = app.test_cli_runner().invoke(args=["user", "invite", "--role", "author", "--email", "kim@example.org"])
    secret = result.output.strip().rpartition("/invitation/")[2]

    page = visitor.get(f"/invitation/{secret}", follow=True)

    assert result.exit_code == 0
    assert "You are invited to Spare Parts" in page.text
    assert accept(visitor, secret).status == 200
    assert user_named(make, "kim").role is Role.AUTHOR


def test_the_command_line_invites_nobody_who_is_here(app, make):
    make.user(email="kim@example.org")

    result = app.test_cli_runner().invoke(args=["user", "invite", "--email", "KIM@example.org"])

    assert result.exit_code == 1
    assert "There is an account with the address" in result.output


# When it is void


def test_it_ends_after_a_week(make, invite):
    secret, now = invite(), clock.now()

    assert find(make, secret, now + INVITATION_LIFETIME - timedelta(minutes=1)) is Role.AUTHOR
    with pytest.raises(InvitationVoid):
        find(make, secret, now + INVITATION_LIFETIME)


@pytest.mark.parametrize("secret", ["", "nonsense", "x" * 43])
def test_what_is_no_secret_opens_nothing(visitor, secret):
    visitor.get(f"/invitation/{secret}", follow=True) if secret else None

    page = visitor.get("/invitation")

    assert page.status == 410
    assert "no longer works" in page.text


def test_another_invitation_to_the_same_address_replaces_it(make, invite):
    first = invite(Role.EDITOR, email="kim@example.org")
    second = invite(Role.READER, email="KIM@example.org")

    with pytest.raises(InvitationVoid):
        find(make, first)
    assert find(make, second) is Role.READER


def test_who_has_an_account_is_not_invited(make, invite):
    make.user(email="kim@example.org")

    with pytest.raises(EmailTaken):
        invite(email="Kim@example.org")


@pytest.mark.parametrize("act", ["demoted", "deactivated", "demoted and back"])
def test_it_is_void_when_the_inviter_may_invite_no_more(make, invite, admin, act):
    other = make.user("admin")
    secret = invite(Role.ADMIN)

    def happen():
        boss, by = db.session.get(User, admin.id), db.session.get(User, other.id)
        if act == "deactivated":
            accounts.deactivate_accounts([boss], by=by, now=clock.now())
            accounts.reactivate_accounts([boss], by=by)
        else:
            accounts.change_role(boss, Role.EDITOR, by=by)
            if act == "demoted and back":
                accounts.change_role(boss, Role.ADMIN, by=by)

    make.act(happen)

    with pytest.raises(InvitationVoid):
        find(make, secret)
    assert open_ones(make) == 0


def test_an_inviter_who_lost_the_right_in_another_way_invites_nobody(make, invite, admin):
    secret = invite(Role.EDITOR)
    make.act(lambda: db.session.execute(update(User).where(User.id == admin.id).values(role=Role.AUTHOR)) and None)

    with pytest.raises(InvitationVoid):
        find(make, secret)


@pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR, Role.EDITOR])
def test_only_admins_invite(make, invite, role):
    with pytest.raises(NotAllowed):
        invite(Role.READER, by=make.user(role))
    assert not policies.can_invite(User(role=role), Role.READER)


def test_an_account_that_was_made_meanwhile_finds_it_spent(make, invite):
    secret = invite()
    make.act(lambda: operations.accept_invitation(secret, Registration("kim", None, None), now=clock.now()) and None)

    with pytest.raises(InvitationVoid):
        make.act(lambda: operations.accept_invitation(secret, Registration("lee", None, None), now=clock.now()))


# Who can make an account


@pytest.mark.parametrize(
    ("sign_ups", "register", "invited"),
    [(SignUps.OPEN, 200, 200), (SignUps.INVITATION, 403, 200), (SignUps.CLOSED, 403, 403)],
)
def test_the_setting_says_who_can_make_an_account(app, make, invite, sign_ups, register, invited):
    secret = invite()
    make.settings(sign_ups=sign_ups)

    assert Browser(app).get("/register").status == register
    assert Browser(app).get(f"/invitation/{secret}", follow=True).status == invited
    link = "Create one" in Browser(app).get("/login").text
    assert link == (sign_ups is SignUps.OPEN)


@pytest.mark.parametrize("sign_ups", [SignUps.INVITATION, SignUps.CLOSED])
def test_a_form_that_was_open_when_sign_ups_closed_makes_no_account(visitor, make, sign_ups):
    visitor.get("/register")
    make.settings(sign_ups=sign_ups)

    page = visitor.submit("/register", username="kim", email="kim@example.org", password=GOOD)

    assert page.status == 403
    assert user_named(make, "kim") is None


def test_closing_in_between_spends_no_invitation(visitor, make, invite):
    secret = invite()
    visitor.get(f"/invitation/{secret}", follow=True)
    make.settings(sign_ups=SignUps.CLOSED)

    page = visitor.submit("/invitation", username="kim", email="kim@example.org", password=GOOD)

    assert page.status == 403
    assert open_ones(make) == 1


# The admin's page


def test_an_admin_makes_an_invitation_and_sees_the_link_once(app, make, admin):
    browser = Browser(app).sign_in(admin)
    browser.get("/admin/invitations")

    page = browser.submit("/admin/invitations", role="author", email="kim@example.org")

    link = page.one("input", id="invitation-link").get("value")
    assert link.startswith(app.config["BASE_URL"] + "/invitation/")
    assert "kim@example.org" in page.text
    again = browser.get("/admin/invitations")
    assert link.rpartition("/")[2] not in again.html
    assert "Ines" in again.text
    assert accept(Browser(app), link.rpartition("/")[2]).status == 200


def test_who_is_invited_by_address_gets_a_mail_with_the_link(app, make, admin, invite):
    browser = Browser(app).sign_in(admin)
    browser.get("/admin/invitations")
    page = browser.submit("/admin/invitations", role="author", email="kim@example.org")
    invite()  # to nobody in particular

    kinds = make.read(lambda: list(db.session.scalars(select(jobs.Job.kind))))
    message = make.read(lambda: mail.compose("invitation", to="kim@example.org", link="THE-LINK", name="Ines", days=7))

    assert kinds.count("mail") == 1
    assert "on its way to kim@example.org" in page.text
    assert message.subject == "You are invited · My blog"
    assert "Ines invites you to make an account on My blog:\nTHE-LINK\n" in message.text
    assert "within 7 days" in message.text


def test_without_a_way_to_mail_the_link_is_given_by_hand(app, make, admin, monkeypatch):
    monkeypatch.setitem(app.extensions, "blog.mail", None)
    browser = Browser(app).sign_in(admin)
    browser.get("/admin/invitations")

    page = browser.submit("/admin/invitations", role="author", email="kim@example.org")

    assert "on its way" not in page.text
    assert page.one("input", id="invitation-link").get("value")
    assert make.read(lambda: db.session.scalar(select(func.count()).select_from(jobs.Job))) == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"role": "owner"}, "Invalid Choice"),
        ({"email": "nobody"}, "name@example.org"),
        ({"email": "theboss@example.org"}, "change its role instead"),
    ],
)
def test_a_refused_invitation_says_why(app, make, admin, fields, said):
    browser = Browser(app).sign_in(admin)
    browser.get("/admin/invitations")
    token = browser.page.all("input", name="csrf_token")[0].get("value")

    page = browser.post("/admin/invitations", {"role": "reader", "csrf_token": token} | fields)

    assert page.status == 422
    assert said in page.errors()
    assert open_ones(make) == 0


def test_an_admin_takes_an_invitation_back(app, make, admin, invite):
    secret = invite(email="kim@example.org")
    browser = Browser(app).sign_in(admin)
    page = browser.get("/admin/invitations")
    action = next(form.get("action") for form in page.all("form") if form.get("action", "").endswith("/deletion"))

    done = browser.submit(action)

    assert "taken back" in done.text
    assert "was taken back" in Browser(app).sign_in(admin).get("/admin/audit").text
    assert "Nobody is invited" in done.text
    with pytest.raises(InvitationVoid):
        find(make, secret)


def test_the_list_costs_the_same_for_many(app, make, admin, invite, count_queries):
    browser = Browser(app).sign_in(admin)
    invite()
    with count_queries() as one:
        browser.get("/admin/invitations")
    for _ in range(20):
        invite()

    with count_queries() as many:
        page = browser.get("/admin/invitations")

    assert len(many) == len(one)
    assert len(page.all("time")) == 21


def test_the_page_warns_while_no_invitation_works(app, make, admin):
    make.settings(sign_ups=SignUps.CLOSED)

    assert "no invitation works" in Browser(app).sign_in(admin).get("/admin/invitations").text
