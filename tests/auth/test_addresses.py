"""E-mail addresses: confirmed at first, changed, taken back; a forgotten password."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from blog import clock
from blog.auth.addresses import MAILS_AN_HOUR, tidy_up
from blog.auth.models import AccountToken, User, UserSession
from blog.auth.notices import notify
from blog.db import db
from blog.site.models import AuditEvent
from tests.browser_like import Browser
from tests.cli.conftest import refusal, run
from tests.factories import PASSWORD

GOOD = "harbour ledger mallet 77"


def register(browser, name="ines", email="ines@example.org"):
    browser.get("/register")
    return browser.submit("/register", username=name, email=email, password=GOOD)


def person(make, name="ines"):
    return make.read(lambda: db.session.scalar(select(User).where(User.username == name)))


def count(make, model=User):
    return make.read(lambda: db.session.scalar(select(func.count()).select_from(model)))


def follow(browser, link):
    """Open a link and press its button; a new account's asks for the password that it was made with."""
    page = browser.get(link, follow=True)
    asked = {"password": GOOD} if page.all("input", name="password") else {}
    return browser.submit(page.url, **asked)


# A new account


def test_a_new_account_is_told_to_look_into_its_mail(visitor, make, outbox):
    page = register(visitor)

    assert "Check your mail" in page.text
    assert visitor.cookie("session") is None
    assert (person(make).email, person(make).unverified_email) == (None, "ines@example.org")
    assert outbox.to("ines@example.org")[0]["Subject"] == "Confirm your address · My blog"


def test_the_link_of_the_mail_and_its_button_confirm_the_address(visitor, make, outbox):
    register(visitor)

    page = follow(visitor, outbox.link("ines@example.org", "/verify/"))

    assert "Your address is confirmed, and you are signed in." in page.text
    assert page.url == "/"
    assert visitor.get("/account/").status == 200
    assert visitor.cookie("device")
    events = make.read(lambda: list(db.session.scalars(select(AuditEvent.event).order_by(AuditEvent.id))))
    assert events[-2:] == ["user_updated", "authn_login_success"]
    assert (person(make).email, person(make).unverified_email, person(make).verify_by) == (
        "ines@example.org",
        None,
        None,
    )


def test_who_confirms_goes_on_to_where_they_were_going(app, visitor, make, outbox):
    post = make.post()
    page = visitor.get(f"/register?next=/posts/{post.slug}")
    visitor.submit("/register", username="ines", email="ines@example.org", password=GOOD)

    page = follow(visitor, outbox.link("ines@example.org", "/verify/"))

    assert page.url == f"/posts/{post.slug}"
    assert visitor.get("/account/").status == 200


def test_who_signed_in_before_confirming_goes_on_to_where_they_were_going(visitor, make, outbox):
    post = make.post()
    register(visitor)
    visitor.get(f"/login?next=/posts/{post.slug}")
    held = visitor.submit("/login", login="ines", password=GOOD)

    page = follow(visitor, outbox.link("ines@example.org", "/verify/"))

    assert held.url == "/account/verification"
    assert page.url == f"/posts/{post.slug}"


def test_who_is_somebody_else_here_stays_it(app, visitor, make, outbox):
    register(visitor)
    other = Browser(app).sign_in(make.user(username="kofi"))

    page = follow(other, outbox.link("ines@example.org", "/verify/"))

    assert "Your address is confirmed." in page.text
    assert other.get("/account/").one("input", name="display_name").get("value") == "kofi"
    assert person(make).email == "ines@example.org"


def test_confirming_with_the_password_skips_no_second_step(visitor, make, outbox):
    register(visitor)
    make.authenticator(person(make))

    page = follow(visitor, outbox.link("ines@example.org", "/verify/"))

    assert page.url.startswith("/login/factor")
    assert visitor.cookie("session") is None


def test_a_wrong_password_confirms_nothing_and_signs_nobody_in(visitor, make, outbox):
    register(visitor)
    visitor.get(outbox.link("ines@example.org", "/verify/"), follow=True)

    page = visitor.submit("/verify", password="a guess of mine")

    assert page.status == 422
    assert "not your password" in page.errors()
    assert visitor.cookie("session") is None
    assert person(make).email is None


def test_opening_the_link_alone_confirms_nothing(visitor, make, outbox):
    register(visitor)
    link = outbox.link("ines@example.org", "/verify/")

    for _ in range(3):  # a program that looks into mail
        assert Browser(visitor.app).get(link, follow=True).status == 200

    assert person(make).email is None
    assert "is confirmed" in follow(visitor, link).text


def test_who_has_not_confirmed_yet_sees_one_page_only(visitor, make, outbox):
    post = make.post()
    register(visitor)
    visitor.sign_in(person(make), password=GOOD)

    for path in (
        "/",
        f"/posts/{post.slug}",
        "/account/",
        "/account/email",
        "/account/password",
        "/account/sessions",
        "/reset",
    ):
        assert visitor.get(path).location == "/account/verification", path
    page = visitor.get("/account/verification")
    token = page.all("input", name="csrf_token")[0].get("value")
    comment = visitor.post(f"/posts/{post.slug}/comments", {"body": "Hello", "csrf_token": token})
    visitor.get("/account/verification")
    out = visitor.submit("/logout", follow=False)

    assert "ines@example.org" in page.text
    assert comment.status == 403
    assert out.status == 303
    assert visitor.cookie("session") is None


def test_the_mail_is_sent_again_to_another_address_if_the_first_was_wrong(visitor, make, outbox):
    register(visitor, email="inse@example.org")
    first = outbox.link("inse@example.org", "/verify/")
    visitor.sign_in(person(make), password=GOOD)
    visitor.get("/account/verification")

    page = visitor.submit("/account/verification", email="ines@example.org")
    second = outbox.link("ines@example.org", "/verify/")

    assert "We wrote to ines@example.org" in page.text
    assert Browser(visitor.app).get(first, follow=True).status == 410
    assert "is confirmed" in follow(Browser(visitor.app), second).text
    assert person(make).email == "ines@example.org"
    assert visitor.get("/account/").status == 200


def test_of_addresses_typed_one_after_the_other_the_last_one_gets_the_mail(visitor, make, outbox):
    visitor.sign_in(make.user(username="ines"))
    for email in ("typo@example.org", "new@example.org"):  # before the worker comes to it
        change(visitor, email)

    assert [str(message["To"]) for message in outbox.messages] == ["new@example.org"]


def test_no_account_causes_more_than_three_such_mails_an_hour(visitor, make, outbox):
    register(visitor)
    visitor.sign_in(person(make), password=GOOD)
    for _ in range(5):
        visitor.get("/account/verification")
        assert visitor.submit("/account/verification").status == 200
        assert outbox.messages

    assert len(outbox.messages) == MAILS_AN_HOUR


def test_an_account_that_is_never_confirmed_is_deleted_after_a_week(app, visitor, make, outbox):
    other = make.user()
    register(visitor)
    later = clock.now() + timedelta(days=6, hours=23)

    def pass_time(by):
        make.act(
            lambda: db.session.execute(update(User).where(User.verify_by.is_not(None)).values(verify_by=by)) and None
        )
        with app.app_context():
            tidy_up({})

    assert abs(person(make).verify_by - later) < timedelta(hours=2)
    pass_time(clock.now() + timedelta(minutes=1))
    before = count(make)
    pass_time(clock.now())

    assert (before, count(make)) == (2, 1)
    assert make.fresh(other)


def test_where_no_mail_is_sent_an_address_is_noted_and_good_for_nothing(app, visitor, make, no_mail):
    make.user(username="first", email="ines@example.org")

    page = register(visitor, "another")

    assert "Welcome, another" in page.text
    assert (person(make, "another").email, person(make, "another").unverified_email) == (None, "ines@example.org")
    browser = Browser(app)
    browser.get("/login")
    assert "is wrong" in browser.submit("/login", login="ines@example.org", password=GOOD).errors()


def test_what_is_over_is_forgotten(app, make):
    user = make.user()
    Browser(app).sign_in(user)
    make.act(lambda: db.session.execute(update(UserSession).values(expires_at=clock.now())) and None)

    with app.app_context():
        tidy_up({})

    assert count(make, UserSession) == 0


# A forgotten password


def ask(browser, login):
    browser.get("/reset")
    return browser.submit("/reset", login=login)


@pytest.mark.parametrize("login", ["ines", "INES", "ines@example.org", " Ines@Example.org "])
def test_a_forgotten_password_is_set_anew_with_a_mailed_link(app, visitor, make, outbox, login):
    user = make.user(username="ines")
    elsewhere = Browser(app).sign_in(user)

    sent = ask(visitor, login)
    link = outbox.link("ines@example.org", "/reset/")
    visitor.get(link, follow=True)
    done = visitor.submit("/reset/password", password=GOOD)

    assert "Check your mail" in sent.text
    assert "Sign in with it" in done.text
    assert visitor.cookie("session") is None
    assert elsewhere.get("/account/").location.startswith("/login")
    assert visitor.sign_in(user, password=GOOD)
    assert "set anew" in outbox.text("ines@example.org")


@pytest.mark.parametrize("whose", ["nobody's", "without an address", "unconfirmed", "deactivated"])
def test_no_link_goes_where_none_should(visitor, make, outbox, whose):
    changes = {
        "nobody's": {},
        "without an address": {"email": None},
        "unconfirmed": {"email": None, "unverified_email": "ines@example.org"},
        "deactivated": {"deactivated_at": clock.now()},
    }[whose]
    if changes:
        make.user(username="ines", **changes)

    pages = [ask(visitor, login) for login in ("ines", "ines@example.org")]

    assert all("Check your mail" in page.text for page in pages)
    assert outbox.messages == []


def test_no_account_gets_more_than_three_links_an_hour(visitor, make, outbox):
    make.user(username="ines")
    for _ in range(5):
        ask(visitor, "ines")
        assert outbox.messages

    assert len(outbox.messages) == MAILS_AN_HOUR


def test_where_no_mail_is_sent_the_page_says_whom_to_ask(visitor, make, no_mail):
    page = visitor.get("/reset")

    assert "Ask an admin" in page.text
    assert visitor.post("/reset", {"login": "ines"}).status == 200


def test_the_log_in_page_leads_there(visitor):
    assert "/reset" in visitor.get("/login").links()


# Another address


def change(browser, email):
    browser.get("/account/email")
    return browser.submit("/account/email", email=email)


def test_another_address_is_ones_own_when_it_is_confirmed(app, visitor, make, outbox):
    user = make.user(username="ines")
    visitor.sign_in(user)

    page = change(visitor, "new@example.org")
    before = make.fresh(user).email
    done = follow(visitor, outbox.link("new@example.org", "/verify/"))

    assert "We wrote to new@example.org" in page.text
    assert before == "ines@example.org"
    assert "is confirmed" in done.text
    assert make.fresh(user).email == "new@example.org"
    assert "new@example.org" in outbox.text("ines@example.org")


def test_the_old_address_takes_the_account_back(app, visitor, make, outbox):
    user = make.user(username="ines")
    visitor.sign_in(user)
    change(visitor, "thief@example.org")
    follow(visitor, outbox.link("thief@example.org", "/verify/"))
    undo = outbox.link("ines@example.org", "/take-back/")
    visitor.get("/account/password")
    visitor.submit("/account/password", password=GOOD)  # which voids other links

    owner = Browser(app)
    opened = owner.get(undo, follow=True)
    still = make.fresh(user).email
    done = owner.submit("/take-back")

    assert "ines@example.org" in opened.text
    assert still == "thief@example.org"
    assert make.fresh(user).email == "ines@example.org"
    assert "Set a new password" in done.text
    assert visitor.get("/account/").location.startswith("/login")
    assert owner.get(undo, follow=True).status == 410


def test_a_thief_can_not_take_the_taking_back_back(app, visitor, make, outbox):
    user = make.user(username="ines")
    visitor.sign_in(user)
    links = []
    for email, before in (("thief@example.org", "ines@example.org"), ("thief2@example.org", "thief@example.org")):
        change(visitor, email)
        follow(visitor, outbox.link(email, "/verify/"))
        links.append(outbox.link(before, "/take-back/"))

    done = follow(Browser(app), links[0])
    again = Browser(app).get(links[1], follow=True)

    assert "Set a new password" in done.text
    assert again.status == 410
    assert make.fresh(user).email == "ines@example.org"


def test_a_link_that_takes_an_account_back_works_for_seven_days(app, visitor, make, outbox):
    visitor.sign_in(make.user(username="ines"))
    change(visitor, "new@example.org")
    follow(visitor, outbox.link("new@example.org", "/verify/"))

    expires = make.read(lambda: db.session.scalar(select(AccountToken.expires_at)))

    assert abs(expires - clock.now() - timedelta(days=7)) < timedelta(minutes=1)


def test_a_page_says_which_address_waits(visitor, make, outbox):
    visitor.sign_in(make.user(username="ines"))
    change(visitor, "new@example.org")

    assert "new@example.org is not confirmed yet" in visitor.get("/account/email").text


def test_where_no_mail_is_sent_another_address_is_noted(visitor, make, no_mail):
    user = make.user(username="ines")
    visitor.sign_in(user)

    page = change(visitor, "new@example.org")

    assert "noted" in page.text
    assert (make.fresh(user).email, make.fresh(user).unverified_email) == ("ines@example.org", "new@example.org")


# From the command line


def test_an_admin_confirms_an_address_from_the_command_line(app, visitor, make, no_mail):
    register(visitor)

    result = run(app, "user", "email", "ines", "Ines@Example.org")

    assert result.exit_code == 0, result.output
    assert (person(make).email, person(make).unverified_email) == ("Ines@example.org", None)


def test_an_address_that_is_none_or_is_taken_is_refused(app, make):
    make.user(username="ines")
    make.user(username="bo")

    assert "not an e-mail address" in refusal(run(app, "user", "email", "ines", "nobody"))
    assert "There is an account with the address" in refusal(run(app, "user", "email", "ines", "bo@example.org"))


def test_the_list_of_people_says_whose_address_is_not_confirmed(app, visitor, make, no_mail):
    register(visitor)

    assert "ines@example.org (not confirmed)" in run(app, "user", "list").output


# Notices


def test_a_change_of_the_password_is_told_by_mail(visitor, make, outbox):
    visitor.sign_in(make.user(username="ines"))
    visitor.get("/account/password")

    visitor.submit("/account/password", password=GOOD)

    text = outbox.text("ines@example.org")
    assert "Your password was changed." in text
    assert "http://127.0.0.1:8000/take-back/" in text
    assert GOOD not in text
    assert PASSWORD not in text


def test_who_has_no_confirmed_address_gets_no_notice(make, outbox):
    user = make.user(email=None, unverified_email="ines@example.org")

    make.act(lambda: notify(db.session.get(User, user.id), "Something."))

    assert outbox.messages == []
