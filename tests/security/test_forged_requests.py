"""Cross-site request forgery: class 38 of the attacks, tried on every unsafe address of the map.

A forged request is refused with 403 and changes nothing; no GET changes anything either, whatever it pretends to be.
"""

from typing import Any

import pytest
from sqlalchemy import select

from blog.db import db
from tests.browser_like import Browser
from tests.factories import PASSWORD, Factory
from tests.rules.test_access import World, csrf_token, rules

pytestmark = pytest.mark.two_databases

FORGERIES: dict[str, dict[str, str | None]] = {
    "no token": {},
    "another's token": {},
    "a foreign origin": {"Sec-Fetch-Site": None, "Origin": "https://evil.test"},
    "a foreign origin on our port": {"Sec-Fetch-Site": None, "Origin": "http://127.0.0.1.evil.test:8000"},
    "no origin": {"Sec-Fetch-Site": None, "Origin": "null"},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "another site of the same domain": {"Sec-Fetch-Site": "same-site"},
    "no word of where it comes from": {"Sec-Fetch-Site": None, "Origin": None},
}
DISGUISES = {
    "X-HTTP-Method-Override": "POST",
    "X-HTTP-Method": "DELETE",
    "X-Method-Override": "PUT",
}
COUNTERS = ("throttle", "limit", "audit")
"""Beginnings of the names of tables in which it is written down that something was tried."""


@pytest.fixture
def world(app, make):
    return World(app, make)


def contents(make: Factory) -> dict[str, list[Any]]:
    """Every row of every table that holds more than what was tried."""

    def read() -> dict[str, list[Any]]:
        tables = (table for table in db.metadata.sorted_tables if not table.name.startswith(COUNTERS))
        return {table.name: sorted(map(repr, db.session.execute(select(table)))) for table in tables}

    found: dict[str, list[Any]] = make.read(read)
    return found


@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_unsafe_address_takes_a_forged_request(app, world, make, forgery):
    admin, token = world.browser("admin"), csrf_token(world.browser("admin"))
    data = {"csrf_token": csrf_token(world.browser("reader")) if forgery == "another's token" else token}
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": admin.base_url} | FORGERIES[forgery]
    before, wrong = contents(make), []

    for rule in rules(app):
        if "POST" in rule.methods:
            response = admin.client.post(
                world.address(rule),
                base_url=admin.base_url,
                data={} if forgery == "no token" else data,
                headers={name: value for name, value in headers.items() if value is not None},
            )
            if response.status_code != 403:
                wrong.append((rule.endpoint, response.status_code))

    assert not wrong
    assert contents(make) == before


def test_a_forged_request_of_a_visitor_is_refused_too(app, world, make):
    visitor, before = world.browser("visitor"), contents(make)

    statuses = {
        rule.endpoint: visitor.client.post(
            world.address(rule), base_url=visitor.base_url, headers={"Sec-Fetch-Site": "cross-site"}
        ).status_code
        for rule in rules(app)
        if "POST" in rule.methods
    }

    assert set(statuses.values()) == {403}, statuses
    assert contents(make) == before


@pytest.mark.parametrize("media_type", ["text/plain", "application/json", "application/xml", "multipart/form-data"])
def test_no_other_kind_of_body_gets_round_the_token(app, world, make, media_type):
    admin, before = world.browser("admin"), contents(make)
    token, reader = csrf_token(admin), world.people["reader"]

    response = admin.client.post(
        f"/admin/users/{reader.id}",
        base_url=admin.base_url,
        data=f'{{"csrf_token": "{token}", "role": "admin"}}',
        headers={"Sec-Fetch-Site": "same-origin", "Content-Type": media_type},
    )

    assert response.status_code in (400, 403)
    assert contents(make) == before


def test_nobody_is_signed_in_by_another_site(app, make):
    attacker = make.user()
    victim = Browser(app)

    page = victim.post(
        "/login", {"login": attacker.username, "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert page.status == 403
    assert victim.cookie("session") is None


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_nobody_is_signed_out_by_another_site(app, make, method):
    browser = Browser(app).sign_in(make.user())

    response = getattr(browser.client, method)(
        "/logout", base_url=browser.base_url, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert response.status_code in (403, 405)
    assert browser.get("/account/").status == 200


def test_no_page_writes_when_it_is_opened(app, world, make):
    admin = world.browser("admin")
    before = contents(make)

    for rule in rules(app):
        if "GET" in rule.methods:
            admin.get(world.address(rule))
            admin.client.head(world.address(rule), base_url=admin.base_url)

    assert contents(make) == before


@pytest.mark.parametrize("header", DISGUISES)
def test_no_get_passes_for_another_method(app, world, make, header):
    admin, token = world.browser("admin"), csrf_token(world.browser("admin"))
    before, wrong = contents(make), []

    for rule in rules(app):
        path = world.address(rule)
        plain = admin.client.get(path, base_url=admin.base_url).status_code
        disguised = admin.client.get(
            path,
            base_url=admin.base_url,
            query_string={"_method": DISGUISES[header], "csrf_token": token},
            headers={header: DISGUISES[header], "X-CSRFToken": token or ""},
        ).status_code
        if disguised != plain:
            wrong.append((rule.endpoint, plain, disguised))

    assert not wrong
    assert contents(make) == before
