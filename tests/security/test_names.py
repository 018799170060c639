"""Attacks on names: passing for somebody, and taking a name twice."""

import re

import pytest
from sqlalchemy import func, select

from blog.auth.models import User
from blog.db import db
from tests.browser_like import Browser
from tests.together import at_once

pytestmark = pytest.mark.two_databases

GOOD = "harbour ledger mallet 77"


def register(app, username, email):
    browser = Browser(app)
    browser.address = f"198.51.100.{len(email) % 200}"
    return browser.post("/register", {"username": username, "email": email, "password": GOOD})


def accounts(make):
    return make.read(lambda: db.session.scalar(select(func.count()).select_from(User)))


# 32. Registering `Admin`, `аdmin` (Cyrillic), `admin\u200b`, `ADMIN `, reserved routes


@pytest.mark.parametrize(
    "name",
    ["Admin", "admin", "аdmin", "аԁmіn", "admin\u200b", "ADMIN ", "ａｄｍｉｎ", "adm1n", "adrnin", "𝐚𝐝𝐦𝐢𝐧", "ad\u00admin",
     "login", "Log-In", "l0gin", "register", "setup", "account", "api", "write", "media", "static", "feed", "archive"],
)  # fmt: skip
def test_nobody_registers_as_the_site(app, make, name):
    page = register(app, name, "mallory@example.org")

    assert page.status == 422
    assert accounts(make) == 0


@pytest.mark.parametrize("name", ["Administrator", "ines", "ІNЕЅ", "Ines\u202e", "ｉｎｅｓ", "𝕀nes", "1nes"])
def test_nobody_shows_the_name_of_the_owner(app, make, name):
    make.user("admin", username="ines", display_name="Ines")
    reader = make.user(display_name="Mallory")
    browser = Browser(app).sign_in(reader)
    browser.get("/account/")

    browser.submit("/account/", display_name=name)

    assert make.fresh(reader).display_name == "Mallory"


def test_a_name_that_turns_the_line_round_stays_in_its_place(app, make, visitor):
    author = make.user("author", display_name="\u202eevil")
    post = make.post(author=author)

    page = visitor.get(f"/posts/{post.slug}")

    assert "<bdi>\u202eevil</bdi>" in page.html


# 33. E-mail: plus-tags, case, IDN, display-name form, two addresses


@pytest.mark.parametrize("other", ["ines@example.org", "INES@EXAMPLE.ORG", "Ines@Example.Org", " ines@example.org "])
def test_one_address_however_it_is_written_has_one_account(app, make, outbox, other):
    make.user(username="first", email="ines@example.org")

    register(app, "another", other)

    assert [message["Subject"] for message in outbox.messages] == ["You have an account already · My blog"]
    assert owners(make) == {"ines@example.org": "first"}


def test_a_domain_in_other_letters_is_one_address(app, make, outbox):
    register(app, "first", "ines@bücher.example.org")
    register(app, "another", "ines@xn--bcher-kva.example.org")

    links = [re.search(r"http\S+(/verify/\S+)", message.get_content())[1] for message in outbox.messages]
    statuses = [confirm(app, link).status for link in links]

    assert statuses == [303, 410]
    assert owners(make) == {"ines@bücher.example.org": "first"}


def test_what_only_its_host_knows_to_be_one_address_is_two(app, make, outbox):
    for name, address in (("first", "ines@example.org"), ("another", "ines+blog@example.org")):
        register(app, name, address)
        confirm(app, outbox.link(address, "/verify/"))

    assert owners(make) == {"ines@example.org": "first", "ines+blog@example.org": "another"}


def confirm(app, link):
    browser = Browser(app)
    browser.get(link, follow=True)
    return browser.post("/verify", {"password": GOOD})


def owners(make):
    """Whose the confirmed addresses are."""
    rows = make.read(lambda: db.session.execute(select(User.email, User.username).where(User.email.is_not(None))).all())
    return dict(map(tuple, rows))


@pytest.mark.parametrize(
    "address",
    ["a@b", "Ines <ines@example.org>", "a@example.org,b@example.org", "a@example.org b@example.org", "a@@b.c"],
)
def test_what_is_no_single_address_is_refused(app, make, address):
    assert register(app, "mallory", address).status == 422
    assert accounts(make) == 0


# 35. Registration race: 50 at once with one name


def test_of_fifty_who_take_one_name_at_once_one_gets_it(app, make):
    looks = ["riverbank", "RIVERBANK", "r1verbank", "riverbank", "Riverbank"]

    def take(number):
        while (page := register(app, looks[number % 5], f"person{'x' * number}@example.org")).status == 503:
            pass  # a busy machine says so, and to come back
        return page

    answers = at_once(50, take)

    assert sorted(answer.status for answer in answers) == [303] + [422] * 49
    assert all("name" in answer.errors() for answer in answers if answer.status == 422)
    assert accounts(make) == 1
