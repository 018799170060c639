"""Parameters that are given twice, are of the wrong kind or larger than anything: class 49, and 11 and 74.

Every address is asked with odd values in its parts, its query and its form. None may be answered with a fault of ours,
and an argument that we do not know changes nothing: there is no order, filter or field to ask for.
"""

import time
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from blog.posts.search import query_words
from blog.web.guard import QUERY_LIMIT
from tests.browser_like import Browser
from tests.rules.test_access import World, csrf_token, rules

pytestmark = pytest.mark.two_databases

ODD = [
    "", " ", "0", "-1", "-0", "+1", "1e1", "1.0", "0x10", "0b1", "1_000", "NaN", "Infinity", "-inf", "null", "None", "true",
    "undefined", "[]", "{}", "[object Object]", "١", "٣", "१", "１", "²", "½", "1 ", "1;2", "1,2", "1|2", "1'", '1"', "1--",
    "1/*", "1 OR 1=1", "' OR ''='", "\\", "%", "_", "*", "(", "a\tb", "a\nb", "\x00", "1\x00", "\x7f", "\u2028", "\ufffe",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "\u202e1", "é", "e\u0301", "ﷺ" * 18, "😀", "ß", "İ",
    str(2**31 - 1), str(2**31), str(2**32), str(2**63 - 1), str(2**63), str(2**64), str(-(2**63) - 1), "9" * 400, "1" * 5000,
    "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f", "file:///etc/passwd", "//evil.test", "javascript:alert(1)",
    "{{7*7}}", "${7*7}", "%s%s%s%n", "{0.__class__}", "%(name)s", "$(id)", "`id`", "|id", "a" * 1500, "0000-00-00", "2026-13-45",
    "9999999999999999-1", "1-99999999999999999999", "18446744073709551616-1", "1-1", "--1", "0-0",
]  # fmt: skip
ARGUMENTS = (
    "before", "after", "q", "reply_to", "next", "role", "state", "page", "per_page", "limit", "offset", "n", "id", "user",
    "token", "format", "lang", "sort", "order", "filter", "fields", "include", "callback", "_method", "preview", "key",
)  # fmt: skip
FIELDS = (
    "login", "password", "remember", "username", "email", "title", "body", "tags", "slug", "excerpt", "comments_closed",
    "publish_at", "edit_number", "creation_key", "parent_id", "next", "until", "user", "role", "display_name", "bio", "links",
    "remove_picture", "tagline", "description", "accent", "own_accent", "language", "time_zone", "sign_ups_open", "code",
    "comments_open", "current_password", "new_password", "repeat",
)  # fmt: skip
UNKNOWN = ("order=password_hash", "filter[email]=a%25", "sort=email", "fields=password_hash", "include=sessions",
           "filter=role:admin", "author=1", "limit=all", "per_page=1000000", "page=1000000000", "q[]=x", "format=json")  # fmt: skip


@pytest.fixture
def world(app, make):
    return World(app, make)


def quoted(value: str) -> str:
    return "".join(f"%{byte:02X}" for byte in value.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("role", ["visitor", "admin"])
def test_no_odd_part_of_an_address_is_a_fault(app, world, role):
    browser, faults = world.browser(role), []

    for rule in rules(app):
        for value in ODD[1 :: 3 if role == "visitor" else 7] if rule.arguments else ():
            known = {name: quoted(value) for name in rule.arguments}
            path = fill_in(rule, known)
            status = browser.client.get(path, base_url=browser.base_url).status_code
            if status >= 500 or (status == 200 and "int" in rule.rule):
                faults.append((rule.endpoint, value[:20], status))

    assert not faults


def fill_in(rule: Any, values: dict[str, str]) -> str:
    path = "".join(values[text] if is_dynamic else text for is_dynamic, text in rule._trace)
    return path.replace("|", "", 1)


@pytest.mark.parametrize("role", ["visitor", "admin"])
def test_no_odd_argument_is_a_fault(app, world, role):
    browser, faults = world.browser(role), []

    for rule in rules(app):
        if "GET" not in rule.methods:
            continue
        for value in ODD[:: 5 if role == "visitor" else 15]:
            query = "&".join(f"{name}={quoted(value[:60])}" for name in ARGUMENTS)
            response = browser.client.get(f"{world.address(rule)}?{query}", base_url=browser.base_url)
            if response.status_code >= 500:
                faults.append((rule.endpoint, value[:20], response.status_code))

    assert not faults


def test_no_odd_field_of_a_form_is_a_fault(app, world):
    admin, faults, number = world.browser("admin"), [], 0
    acting = [rule for rule in rules(app) if "POST" in rule.methods and "log_out" not in rule.endpoint]

    for rule in acting:
        for value in ODD[::20]:
            number += 1
            fields = MultiDict([(name, one) for name in FIELDS for one in (value, "x", value)])
            fields["csrf_token"] = csrf_token(admin)
            response = admin.client.post(
                world.address(rule), base_url=admin.base_url, data=fields,
                headers={"Sec-Fetch-Site": "same-origin"}, environ_overrides={"REMOTE_ADDR": f"10.1.{number // 200}.{number % 200}"},
            )  # fmt: skip
            if response.status_code >= 500:
                faults.append((rule.endpoint, value[:20], response.status_code))

    assert not faults


@pytest.mark.parametrize("name", ["q", "q[]", "q.x", "q[$ne]", "q%00"])
def test_a_parameter_that_is_given_twice_counts_once(visitor, make, name):
    make.post("Granite")
    make.post("Marble")

    first = visitor.get("/search?q=granite&" + name + "=marble")

    assert "Granite" in first.text
    assert "Marble" not in first.text


def test_an_unknown_argument_changes_nothing(app, world, make):
    make.post("Another post", tags=["Bread"])
    visitor = world.browser("visitor")
    changed = []

    for rule in rules(app):
        if "GET" in rule.methods:
            path = world.address(rule)
            plain = body(visitor, path)
            changed += [(rule.endpoint, query) for query in UNKNOWN if body(visitor, f"{path}?{query}") != plain]

    assert not changed


def body(browser: Browser, path: str) -> str:
    response = browser.client.get(path, base_url=browser.base_url)
    location = response.headers.get("Location", "").partition("?")[0]
    shown = response.get_data(as_text=True) if response.status_code == 200 else ""
    return f"{response.status_code} {location} {shown}"


@pytest.mark.parametrize(
    "query",
    ["%", "_", "\\", "*", '"', "''", "NEAR(a b)", "a AND b", "a OR NOT b", "title:granite", "{title body}:x", "^granite",
     "-granite", "+granite", "granite*", '"granite', "(granite", "a:b", "granite & !x", "a <-> b", "@distance", "~granite",
     "> granite", "(a+)+$", "[", "\x00", "x " * 500, "granite " * 1000, "a" * 3500],
)  # fmt: skip
def test_no_search_is_an_expression(visitor, make, query):
    make.post("Granite", "Only the word itself is found.")
    make.post("Percent", "Nothing here.")
    began = time.perf_counter()

    page = visitor.get("/search", query_string={"q": query})

    assert page.status == (200 if len(page.response.request.query_string) < QUERY_LIMIT else 414)
    assert time.perf_counter() - began < 1
    assert "Percent" not in page.text or "percent" in query
    assert ("Granite" in page.text.replace(query, "")) <= ("granite" in query_words(query) or not query_words(query))
