"""Attacks on mail and on what it carries: poisoned links, used and guessed ones, telling addresses by answers."""

import json
import re
import statistics
import time
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import delete, select, update
from werkzeug.test import Client

from blog import clock
from blog.auth import operations
from blog.auth.addresses import mail_reset
from blog.auth.factors.queries import factors_of
from blog.auth.mail_quota import may_write_to
from blog.auth.models import AccountToken, Throttle, TokenPurpose, User
from blog.auth.notices import notify
from blog.auth.sessions import start_session
from blog.db import db, transaction
from blog.jobs import Job, seal
from tests.browser_like import Browser
from tests.factories import PASSWORD
from tests.parts import FIGURE
from tests.together import at_once

pytestmark = pytest.mark.two_databases

GOOD = "harbour ledger mallet 77"


def person(make, name):
    return make.read(lambda: db.session.scalar(select(User).where(User.username == name)))


def mailed_reset(browser, outbox, login="ines", address="ines@example.org"):
    browser.get("/reset")
    browser.submit("/reset", login=login)
    return outbox.link(address, "/reset/")


# 14. SMTP injection in names and addresses: refused, or one recipient


@pytest.mark.parametrize(
    "typed",
    [
        "a@example.org\r\nBcc: victim@example.org",
        "a@example.org\nBcc: victim@example.org",
        "a@example.org%0d%0aBcc: victim@example.org",
        "a@example.org, victim@example.org",
        "a@example.org;victim@example.org",
        "a@example.org\x00victim@example.org",
        "<a@example.org> victim@example.org",
        '"a@example.org, victim"@example.org',
        "a@example.org\u2028Bcc: victim@example.org",
        "a@example.org\r\n.\r\nMAIL FROM:<x@example.org>",
    ],
)
def test_smtp_injection_in_an_address_reaches_no_second_person(app, make, outbox, typed):
    member = Browser(app).sign_in(make.user())
    visitor = Browser(app)

    visitor.post("/register", {"username": "mallory", "email": typed, "password": GOOD})
    visitor.post("/reset", {"login": typed})
    member.get("/account/email")
    member.submit("/account/email", email=typed)

    for message in outbox.messages:
        assert len(message["To"].addresses) == 1
        assert message["Bcc"] is None
        assert "victim" not in str(message["To"])


def test_smtp_injection_in_names_makes_no_header(app, make, outbox):
    make.user(username="ines", display_name="Ines\r\nBcc: victim@example.org")

    mailed_reset(Browser(app), outbox)

    (message,) = outbox.messages
    assert message["Bcc"] is None
    assert "\n" not in message["Subject"]


# 21. Reset poisoning: the link is made of BASE_URL, whatever the request says


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.test"},
        {"Host": "127.0.0.1:8000@evil.test"},
        {"Host": "evil.test@127.0.0.1:8000"},
        {"Host": "127.0.0.1:8000.evil.test"},
        {"Host": "127.0.0.1:99999"},
        {"Host": "127.0.0.1:8000:80"},
        {"Host": "127.0.0.1:8000, evil.test"},
        {"Host": ""},
        {"X-Forwarded-Host": "evil.test"},
        {"X-Host": "evil.test", "X-Original-Host": "evil.test", "X-Forwarded-Server": "evil.test"},
        {"Forwarded": "host=evil.test;proto=https"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "444"},
        {"X-Original-URL": "http://evil.test/reset", "X-Rewrite-URL": "http://evil.test/reset"},
    ],
    ids=str,
)
def test_reset_poisoning_changes_no_link(app, make, outbox, headers):
    make.user(username="ines")
    sent = {"Sec-Fetch-Site": "same-origin", "Origin": app.config["BASE_URL"]} | headers

    response = Client(app).post("/reset", base_url=app.config["BASE_URL"], data={"login": "ines"}, headers=sent)

    assert response.status_code in (303, 400)
    assert "evil" not in response.headers.get("Location", "")
    for message in outbox.messages:
        links = re.findall(r"https?://[^/\s]+", message.get_content())
        assert set(links) == {app.config["BASE_URL"]}
    if "Host" in headers:
        assert response.status_code == 400
        assert outbox.messages == []


# 22. Reset tokens: reuse, after a newer one, after another address, guessed, another's, too old, in Referer


def void(make, user, why, link, outbox, browser):
    """What makes a mailed link void; the link to try then."""

    def mine():
        return db.session.get(User, user.id)

    if why == "used":
        use(browser, link)
    elif why == "newer":
        mailed_reset(browser, outbox)
    elif why == "another address":
        make.act(lambda: operations.change_email(mine(), "new@example.org"))
    elif why == "too old":
        make.act(lambda: db.session.execute(update(AccountToken).values(expires_at=clock.now())) and None)
    elif why == "guessed":
        return link[:-1] + ("A" if link[-1] != "A" else "B")
    elif why == "cut":
        return link[:-1]
    elif why == "its digest":
        return "/reset/" + make.read(lambda: db.session.scalar(select(AccountToken.token_hash)))
    elif why == "of another purpose":
        return "/reset/" + make.act(
            lambda: operations.new_mailed_link(
                TokenPurpose.VERIFY_EMAIL, timedelta(hours=1), user=mine(), email="x@example.org", now=clock.now()
            )
        )
    return link


def use(browser, link, password=GOOD):
    opened = browser.get(link, follow=True)
    return opened if opened.status == 410 else browser.submit("/reset/password", password=password)


@pytest.mark.parametrize(
    "why", ["used", "newer", "another address", "too old", "guessed", "cut", "its digest", "of another purpose"]
)
def test_a_reset_link_that_is_void_sets_no_password(app, make, outbox, why):
    user = make.user(username="ines")
    link = mailed_reset(Browser(app), outbox)
    link = void(make, user, why, link, outbox, Browser(app))
    before = make.fresh(user).password_hash

    page = use(Browser(app), link, "quite another phrase 99")

    assert page.status == 410
    assert make.fresh(user).password_hash == before


def test_a_mailed_reset_link_works_for_an_hour_at_most(app, make, outbox):
    make.user(username="ines")
    mailed_reset(Browser(app), outbox)

    token = make.read(lambda: db.session.scalar(select(AccountToken)))

    assert token.expires_at - token.created_at <= timedelta(minutes=60)


def test_the_link_of_one_account_sets_no_password_of_another(app, make, outbox):
    make.user(username="ines")
    other = make.user(username="bo")
    before = make.fresh(other).password_hash
    link = mailed_reset(Browser(app), outbox)
    browser = Browser(app)
    browser.get(link, follow=True)

    browser.submit("/reset/password", password=GOOD, username="bo")

    assert make.fresh(other).password_hash == before


def test_no_secret_of_a_link_is_in_an_address_that_shows_a_page(app, make, outbox):
    user = make.user(username="ines")
    browser = Browser(app).sign_in(user)
    browser.get("/account/email")
    browser.submit("/account/email", email="new@example.org")
    verify = outbox.link("new@example.org", "/verify/")
    reset = mailed_reset(Browser(app), outbox)
    for link, place in ((reset, "/reset/password"), (verify, "/verify")):
        visitor, secret = Browser(app), link.rpartition("/")[2]

        opened = visitor.get(link)
        page = visitor.get(opened.location)

        assert (opened.status, opened.location) == (303, place)
        assert opened.response.headers["Referrer-Policy"] == "no-referrer"
        assert not opened.response.data or secret not in opened.html
        assert page.status == 200
        assert page.response.headers["Referrer-Policy"] == "same-origin"
        assert page.response.headers["Cache-Control"] == "private, no-store"
        assert secret not in page.html
        cookie = next(one for one in opened.response.headers.getlist("Set-Cookie") if secret in one)
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


def test_only_digests_of_links_are_in_the_database(app, make, outbox):
    make.user(username="ines")
    Browser(app).post("/reset", {"login": "ines"})
    with app.app_context(), transaction():
        mail_reset(seal({"login": "ines"}))  # what the worker does; the mail itself waits
    before = make.read(lambda: json.dumps([job.payload for job in db.session.scalars(select(Job))]))
    secret = outbox.link("ines@example.org", "/reset/").rpartition("/")[2]
    stored = make.read(lambda: db.session.scalar(select(AccountToken.token_hash)))

    assert secret not in before + stored
    assert len(secret) * 6 >= 256


def test_what_was_typed_is_not_in_the_database_while_it_waits(app, make):
    Browser(app).post("/reset", {"login": GOOD})  # a password in the wrong field
    Browser(app).post("/register", {"username": "ines", "email": "ines@example.org", "password": GOOD})

    waiting = make.read(lambda: {job.kind: json.dumps(job.payload) for job in db.session.scalars(select(Job))})

    assert {"auth.reset", "auth.verification"} <= set(waiting)
    assert not any(GOOD in payload or "ines@example.org" in payload for payload in waiting.values())


@pytest.mark.parametrize("then", ["/reset/password", "/take-back"])
def test_a_link_that_is_opened_in_between_gets_nothing_that_was_meant_for_another(app, make, outbox, then):
    own, thiefs = make.user(username="ines"), make.user(username="mallory")
    links = []
    for user in (own, thiefs):
        if then == "/take-back":
            make.act(lambda user=user: notify(db.session.get(User, user.id), "Something."))
            links.append(outbox.link(user.email, "/take-back/"))
        else:
            links.append(mailed_reset(Browser(app), outbox, user.username, user.email))
    before = make.fresh(thiefs).password_hash
    browser = Browser(app)
    form = browser.get(links[0], follow=True)
    browser.get(links[1])  # a picture on a page of his is enough
    browser.page = form
    typed = {"password": GOOD} if then == "/reset/password" else {}

    page = browser.submit(then, **typed)

    assert make.fresh(thiefs).password_hash == before
    assert "mallory" in page.text
    browser.submit(then, **typed)
    assert make.fresh(thiefs).password_hash != before


def test_a_reset_signs_nobody_in(app, make, outbox):
    make.user(username="ines")
    browser = Browser(app)

    use(browser, mailed_reset(browser, outbox))

    assert browser.cookie("session") is None
    assert browser.get("/account/").location.startswith("/login")


# 23. Enumeration: text, status, headers, length, number of mails, counters


def shape(page):
    """Everything of an answer that somebody could look at, but for what is another at each."""
    headers = {name: value for name, value in page.response.headers if name not in ("Date", "Set-Cookie")}
    cookies = [re.sub(r"=[^;]*", "", one.partition(";")[0]) for one in page.response.headers.getlist("Set-Cookie")]
    return page.status, headers, cookies, page.html


@pytest.mark.parametrize("form", ["reset by name", "reset by address", "register", "another address", "log in"])
def test_no_answer_tells_whether_an_address_has_an_account(app, make, outbox, form):
    make.user(username="known", email="known@example.org")
    answers, mails = [], []
    for number, who in enumerate(("known", "nobody")):
        before = len(outbox.messages)
        browser = Browser(app, address=f"198.51.100.{number}")
        address = f"{who}@example.org"
        if form == "reset by name":
            answers.append(shape(browser.post("/reset", {"login": who})))
        elif form == "reset by address":
            answers.append(shape(browser.post("/reset", {"login": address})))
        elif form == "register":
            fields = {"username": f"fresh{number}", "email": address, "password": GOOD}
            answers.append(shape(browser.post("/register", fields)))
        elif form == "another address":
            browser.sign_in(make.user(username=f"fresh{number}"))
            browser.get("/account/email")
            answers.append(shape(browser.submit("/account/email", follow=False, email=address)))
        else:
            *others, html = shape(browser.post("/login", {"login": address, "password": "wrong"}))
            answers.append((*others[:1], others[1] | {"Content-Length": ""}, html.replace(address, "what was typed")))
        mails.append(len(outbox.messages) - before)

    assert answers[0] == answers[1]
    if form in ("register", "another address"):
        assert mails == [1, 1]


def test_an_unconfirmed_address_signs_nobody_in(app, make, outbox):
    browser = Browser(app)
    browser.post("/register", {"username": "mallory", "email": "ines@example.org", "password": GOOD})

    page = browser.post("/login", {"login": "ines@example.org", "password": GOOD})

    assert page.status == 422


# 34. Another address: taken, not confirmed, two at once


def test_another_address_is_not_ones_own_before_it_is_confirmed(app, make, outbox):
    user = make.user(username="ines")
    browser = Browser(app).sign_in(user)
    browser.get("/account/email")
    browser.submit("/account/email", email="victim@example.org")

    assert make.fresh(user).email == "ines@example.org"
    mailed_reset(Browser(app), outbox)
    assert outbox.to("ines@example.org")
    assert [message["Subject"] for message in outbox.to("victim@example.org")] == ["Confirm your address · My blog"]


def test_an_address_that_is_anothers_stays_theirs_and_the_page_does_not_tell(app, make, outbox):
    owner, thief = make.user(username="owner"), make.user(username="thief")
    browser = Browser(app).sign_in(thief)
    browser.get("/account/email")

    page = browser.submit("/account/email", email="Owner@example.org")

    assert "We wrote to" in page.text
    assert [message["Subject"] for message in outbox.messages] == ["Your address is in use here already · My blog"]
    assert "/verify/" not in outbox.text("owner@example.org")
    assert make.fresh(owner).email == "owner@example.org"
    assert make.fresh(thief).email == "thief@example.org"


def test_of_two_accounts_that_confirm_one_address_at_once_one_gets_it(app, make, outbox):
    for name in ("first", "second"):
        Browser(app).post("/register", {"username": name, "email": "ines@example.org", "password": GOOD})
    links = [re.search(r"http://[^/]+(/verify/\S+)", message.get_content())[1] for message in outbox.messages]

    def confirm(number):
        browser = Browser(app)
        browser.get(links[number])
        return browser.post("/verify", {"password": GOOD}).status

    statuses = at_once(2, confirm)

    assert sorted(statuses) == [303, 410]
    emails = [person(make, name).email for name in ("first", "second")]
    assert sorted(email or "" for email in emails) == ["", "ines@example.org"]


def test_the_old_address_is_told_with_a_way_back(app, make, outbox):
    browser = Browser(app).sign_in(make.user(username="ines"))
    browser.get("/account/email")
    browser.submit("/account/email", email="new@example.org")
    browser.get(outbox.link("new@example.org", "/verify/"), follow=True)
    browser.submit("/verify")

    assert "/take-back/" in outbox.text("ines@example.org")


# A hijacker who knows the password, and the mailbox of before


def give_address(browser, outbox, email, before):
    """Change the address, confirm it; the link that takes it back, mailed to the one of before."""
    browser.get("/account/email")
    browser.submit("/account/email", email=email)
    browser.get(outbox.link(email, "/verify/"), follow=True)
    browser.submit("/verify")
    return outbox.link(before, "/take-back/")


def take_back(app, link):
    browser = Browser(app)
    opened = browser.get(link, follow=True)
    return opened if opened.status == 410 else browser.submit(browser.page.url)


def hijacked_twice(app, make, outbox):
    user = make.user(username="ines")
    thief = Browser(app).sign_in(user)
    first = give_address(thief, outbox, "evil1@example.org", "ines@example.org")
    second = give_address(thief, outbox, "evil2@example.org", "evil1@example.org")
    return user, first, second


def test_a_hijacker_who_takes_his_own_change_back_leaves_the_owners_way_back(app, make, outbox):
    user, owners, thiefs = hijacked_twice(app, make, outbox)

    assert take_back(app, thiefs).status == 200
    between = make.fresh(user).email
    assert take_back(app, owners).status == 200

    assert (between, make.fresh(user).email) == ("evil1@example.org", "ines@example.org")


def test_the_owners_way_back_voids_the_hijackers(app, make, outbox):
    user, owners, thiefs = hijacked_twice(app, make, outbox)

    assert take_back(app, owners).status == 200
    assert take_back(app, thiefs).status == 410

    assert make.fresh(user).email == "ines@example.org"


def is_in(browser):
    return browser.get("/account/").status == 200


def test_the_password_of_before_is_void_when_the_account_is_taken_back(app, make, outbox):
    user = make.user(username="ines")
    thief = Browser(app).sign_in(user)
    link = give_address(thief, outbox, "evil@example.org", "ines@example.org")
    owner = Browser(app)
    owner.get(link, follow=True)

    page = owner.submit("/take-back")  # goes straight on to a new password

    assert not is_in(thief)
    assert make.fresh(user).password_hash is None
    assert "is wrong" in Browser(app).post("/login", {"login": "ines", "password": PASSWORD}).errors()
    assert "Set a new password" in page.text
    assert "ines" in page.text
    owner.submit("/reset/password", password=GOOD)
    assert is_in(Browser(app).sign_in(user, password=GOOD))


@pytest.mark.parametrize("by", ["the address", "the notice"])
def test_second_factors_of_a_hijacker_go_when_the_account_is_taken_back(app, make, outbox, by):
    user = make.user(username="ines")
    own = make.passkey(user, "Own", created_at=clock.now() - timedelta(days=2))
    thief = Browser(app)
    secret = make.act(
        lambda: start_session(db.session.get(User, user.id), remember=False, user_agent="", now=clock.now())
    )
    thief.client.set_cookie("session", secret, domain="127.0.0.1")
    make.passkey(user, "Thief's")
    page = thief.get("/account/security/authenticator")
    shown = page.one("input", name="secret").get("value")
    thief.submit("/account/security/authenticator", code=pyotp.TOTP(shown).now())
    if by == "the notice":
        link = outbox.link("ines@example.org", "/take-back/")
    else:
        link = give_address(thief, outbox, "evil@example.org", "ines@example.org")

    page = take_back(app, link)

    left = make.read(lambda: factors_of(db.session.get(User, user.id)))
    assert "The authenticator app is removed." in page.text
    assert "The passkey “Thief's” is removed." in page.text
    assert "recovery codes are void" in page.text
    assert ([key.id for key in left.passkeys], left.authenticator, left.codes_left) == ([own.id], None, 0)
    assert not is_in(thief)
    assert make.fresh(user).email == "ines@example.org"


def test_the_owner_takes_the_account_back_after_another_password(app, make, outbox):
    user = make.user(username="ines")
    thief = Browser(app).sign_in(user)
    thief.get("/account/password")
    thief.submit("/account/password", password=GOOD)
    link = outbox.link("ines@example.org", "/take-back/")
    thief.submit("/account/password", password="quite another phrase 99")  # voids no way back
    give_address(thief, outbox, "evil@example.org", "ines@example.org")

    page = take_back(app, link)

    assert "Set a new password" in page.text
    assert not is_in(thief)
    assert (make.fresh(user).email, make.fresh(user).password_hash) == ("ines@example.org", None)


def test_a_way_back_is_taken_once_and_only_with_its_button(app, make, outbox):
    user = make.user(username="ines")
    thief = Browser(app).sign_in(user)
    link = give_address(thief, outbox, "evil@example.org", "ines@example.org")

    Browser(app).get(link, follow=True)
    untouched = is_in(thief), make.fresh(user).email

    assert untouched == (True, "evil@example.org")
    assert take_back(app, link).status == 200
    assert take_back(app, link).status == 410


# Mail to strangers: how much, and what it says


def test_another_password_does_not_let_a_stranger_be_mailed_more(app, make, outbox):
    browser = Browser(app).sign_in(make.user(username="mallory"))
    for number in range(3):
        for _ in range(3):
            browser.get("/account/email")
            browser.submit("/account/email", email="victim@example.org")
            assert outbox.messages
        browser.get("/account/password")
        browser.submit("/account/password", password=f"{GOOD} {number}")

    assert len(outbox.to("victim@example.org")) == 3


@pytest.mark.parametrize("has_account", [True, False])
def test_however_many_accounts_ask_an_address_gets_few_mails_and_links_to_a_password(app, make, outbox, has_account):
    if has_account:
        make.user(username="victim", email="victim@example.org")
    for number in range(8):
        fields = {"username": f"stranger{number}", "email": "Victim@example.org", "password": GOOD}
        assert Browser(app).post("/register", fields).status == 303
        assert outbox.messages
    before = len(outbox.messages)
    for _ in range(4):
        Browser(app).post("/reset", {"login": "victim@example.org"})

    assert before == 3
    assert len(outbox.messages) == (5 if has_account else 3)


def test_after_an_hour_without_any_mail_goes_there_again(make):
    now = clock.now()

    def writes(at):
        return make.act(lambda: may_write_to("victim@example.org", at))

    assert [writes(now + timedelta(minutes=15 * number)) for number in range(5)] == [True] * 3 + [False] * 2
    assert [writes(now + timedelta(minutes=90, seconds=number)) for number in range(4)] == [True] * 3 + [False]


def test_mail_to_an_unconfirmed_address_carries_no_name_that_its_sender_chose(app, make, outbox):
    fields = {"username": "evil.example.com", "email": "victim@example.org", "password": GOOD}
    Browser(app).post("/register", fields)
    browser = Browser(app).sign_in(make.user(username="evil.example.net", display_name="Claim at https://evil.test"))
    browser.get("/account/email")
    browser.submit("/account/email", email="another@example.org")

    texts = [outbox.text("victim@example.org"), outbox.text("another@example.org")]

    assert all("evil" not in text and "/verify/" in text for text in texts)


# An account that somebody made with another's address


def registered_by_another(app, outbox):
    """The link that was mailed to Ines, who made no account."""
    Browser(app).post("/register", {"username": "mallory", "email": "ines@example.org", "password": GOOD})
    return outbox.link("ines@example.org", "/verify/")


@pytest.mark.parametrize("fields", [{}, {"password": ""}, {"password": "quite another phrase 99"}])
def test_who_did_not_make_an_account_does_not_confirm_it(app, make, outbox, fields):
    link = registered_by_another(app, outbox)
    ines = Browser(app)
    ines.get(link, follow=True)

    page = ines.post("/verify", fields)

    assert page.status == 422
    assert (person(make, "mallory").email, person(make, "mallory").is_held) == (None, True)


def test_somebody_elses_session_confirms_no_account(app, make, outbox):
    link = registered_by_another(app, outbox)
    ines = Browser(app).sign_in(make.user(username="another"))
    page = ines.get(link, follow=True)
    token = page.all("input", name="csrf_token")[0].get("value")

    assert ines.post("/verify", {"csrf_token": token}).status == 422
    assert person(make, "mallory").email is None


def test_who_is_signed_in_to_a_new_account_confirms_it_with_a_button(app, make, outbox):
    link = registered_by_another(app, outbox)
    maker = Browser(app).sign_in(person(make, "mallory"), password=GOOD)
    maker.get(link, follow=True)

    assert maker.submit("/verify", follow=False).status == 303
    assert person(make, "mallory").email == "ines@example.org"


def test_who_did_not_make_an_account_has_it_deleted(app, make, outbox):
    link = registered_by_another(app, outbox)
    ines = Browser(app)
    ines.get(link, follow=True)

    page = ines.submit("/verification/refusal")

    assert "Nobody uses your address here" in page.text
    assert person(make, "mallory") is None
    assert Browser(app).get(link, follow=True).status == 410


def test_who_got_the_mail_of_an_older_account_keeps_the_address_out_of_it(app, make, outbox):
    user = make.user(username="mallory")
    thief = Browser(app).sign_in(user)
    thief.get("/account/email")
    thief.submit("/account/email", email="ines@example.org")
    ines = Browser(app)
    ines.get(outbox.link("ines@example.org", "/verify/"), follow=True)

    ines.submit("/verification/refusal")

    assert (make.fresh(user).email, make.fresh(user).unverified_email) == ("mallory@example.org", None)


# Figures


PAIRS = 200
CLOSE = 0.005  # seconds


@pytest.mark.verify
@pytest.mark.parametrize("form", ["log in", "reset", "register"])
def test_known_and_unknown_take_the_same_time(app, make, form, record_property):
    """Medians over pairs, the two in turn, so that whatever else the machine does hits both alike."""
    make.user(username="known", email="known@example.org")
    seconds = {"known": [], "unknown": []}
    for number in range(PAIRS):
        order = list(seconds) if number % 2 else list(seconds)[::-1]
        for who in order:
            address = f"{who}@example.org" if who == "known" else f"somebody{number}@example.org"
            path, fields = {
                "log in": ("/login", {"login": address, "password": "wrong"}),
                "reset": ("/reset", {"login": address}),
                "register": (
                    "/register",
                    {"username": f"{who[:2]}{number}x", "email": address, "password": GOOD},
                ),
            }[form]
            browser = Browser(app, address=f"10.{number % 250}.{len(who)}.{number // 250}")
            began = time.perf_counter()
            browser.client.post(
                path, base_url=browser.base_url, data=fields, headers={"Sec-Fetch-Site": "same-origin"},
                environ_overrides={"REMOTE_ADDR": browser.address},
            )  # fmt: skip
            seconds[who].append(time.perf_counter() - began)
        make.act(lambda: db.session.execute(delete(Throttle)) and None)  # guessing is not what is measured

    medians = {who: statistics.median(times) for who, times in seconds.items()}
    difference = abs(medians["known"] - medians["unknown"])
    record_property(
        FIGURE,
        f"{form}, {PAIRS} pairs: known {medians['known'] * 1000:.2f} ms, unknown {medians['unknown'] * 1000:.2f} ms, "
        f"apart {difference * 1000:.2f} ms",
    )
    assert difference < CLOSE
