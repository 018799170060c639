"""A visit in which one secret after the other is typed or given, for tests that look where these end up."""

from dataclasses import dataclass

from flask import Flask

from tests.browser_like import Browser
from tests.factories import NEW_PASSWORD, PASSWORD, Factory

LAST_PASSWORD = "another mallet ledger 88"


@dataclass(frozen=True)
class Visit:
    """What a visit leaves to a test."""

    browser: Browser
    """An admin's, who has just been shown a link for a new password."""
    link: str
    """The path of that link."""
    secrets: tuple[str, ...]
    """What must stand nowhere, `LAST_PASSWORD` included, which the test itself may set through the link."""


def pay_a_visit(app: Flask, visitor: Browser, make: Factory) -> Visit:
    """Somebody mistypes, signs in and changes their password; then an admin makes them a link for another."""
    admin, user = make.user("admin"), make.user(username="bo", email="bo.secret@example.org")
    visitor.get("/login")
    visitor.submit("/login", login="bo", password="a wrong password")
    visitor.submit("/login", login="a wrong password", password="oops in the wrong field")
    visitor.sign_in(user)
    cookie = visitor.cookie(app.config["BLOG_SESSION_COOKIE"])
    visitor.get("/account/password")
    visitor.submit("/account/password", password=NEW_PASSWORD)
    browser = Browser(app).sign_in(admin)
    browser.get(f"/admin/users/{user.id}")
    browser.submit("reset-link")
    token = browser.page.one("input", id="reset-link").get("value").rpartition("/")[2]
    typed = (PASSWORD, "wrong password", "wrong field", NEW_PASSWORD, "another mallet", "bo.secret@")
    return Visit(browser, f"/reset/{token}", (*typed, cookie, token, "$argon2"))
