"""What people see when something can't be done."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from werkzeug.routing import RequestRedirect
from werkzeug.test import Client

import config
from blog import clock, create_app
from blog.auth import throttles
from blog.auth.models import Throttle, User, UserSession
from blog.auth.sessions import end_sessions
from blog.db import db
from blog.web.errors import show_error
from blog.web.filters import after
from tests.browser_like import Browser
from tests.factories import PASSWORD


@pytest.fixture
def stranded(tmp_path):
    """The app with a database server that is away."""
    settings = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "INSTANCE_PATH": str(tmp_path),
        "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
    }
    return create_app(config.load(settings))


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "in 1 second"),
        (40, "in 40 seconds"),
        (60, "in 60 seconds"),
        (91, "in 2 minutes"),
        (180, "in 3 minutes"),
        (181, "in 4 minutes"),
        (900, "in 15 minutes"),
        (3600, "in 60 minutes"),
        (7201, "in 3 hours"),
    ],
)
def test_a_wait_is_said_in_words_and_never_too_short(app, seconds, words):
    with app.test_request_context():
        assert after(seconds) == words


@pytest.mark.one_database
def test_the_page_of_too_many_tries_says_how_long_to_wait(app, visitor, make):
    user = make.user()
    for number in range(throttles.FREE_FAILURES):
        visitor.post("/login", {"login": user.username, "password": f"guess {number}"})
    make.act(
        lambda: db.session.execute(update(Throttle).values(blocked_until=clock.now() + timedelta(hours=2))) and None
    )

    page = visitor.post("/login", {"login": user.username, "password": PASSWORD})

    assert page.status == 429
    assert 7190 <= int(page.response.headers["Retry-After"]) <= 7200
    assert "Try again in 2 hours." in page.text


@pytest.mark.parametrize("path", ["/", "/login", "/nope", "/posts/x", "/healthz", "/tags/"])
def test_with_the_database_away_every_page_says_come_back(stranded, path):
    page = Browser(stranded).get(path)

    assert page.status == 503
    assert int(page.response.headers["Retry-After"]) > 0
    assert "Busy for a moment" in page.text


def test_with_the_database_away_what_was_typed_comes_back(stranded):
    words = "A comment that took half an hour to write, and that nobody wants to lose now."

    page = Browser(stranded).post("/login", {"body": words, "login": "x", "password": "secret"})

    assert page.status == 503
    assert words in page.html
    assert 'action="/login"' in page.html
    assert "secret" not in page.html


def test_a_comment_sent_after_the_session_was_over_is_not_lost(app, make):
    user, post = make.user(), make.post()
    browser = Browser(app).sign_in(user)
    words = "A comment that took half an hour to write, and that nobody wants to lose now."
    browser.get(f"/posts/{post.slug}")
    make.act(lambda: end_sessions(db.session.get(User, user.id)))

    refused = browser.submit("/comments", body=words)
    form = browser.page
    browser.sign_in(user)
    browser.page = form
    stale = browser.submit("/comments")
    done = browser.submit("/comments") if stale.status == 403 else stale

    assert refused.status == 403
    assert "You are signed out" in refused.text
    assert words in refused.html
    assert done.status == 200
    assert words in done.text


def test_a_fault_of_ours_shows_a_number_and_no_trace(app):
    app.view_functions["posts.list_tags"], kept = lambda: 1 / 0, app.view_functions["posts.list_tags"]
    try:
        page = Browser(app).get("/tags/")
    finally:
        app.view_functions["posts.list_tags"] = kept

    assert page.status == 500
    assert "ZeroDivisionError" not in page.html
    assert "Traceback" not in page.html


@pytest.mark.parametrize(
    ("method", "path", "status"), [("DELETE", "/", 405), ("PUT", "/login", 405), ("TRACE", "/", 405), ("FOO", "/", 501)]
)
def test_wrong_methods_are_refused(app, method, path, status):
    response = Client(app).open(
        path, method=method, base_url=app.config["BASE_URL"], headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert response.status_code == status


# What scripts get in the place of a page

JSON = {"Accept": "application/json"}


def said(answer):
    return answer.response.get_json() | {"status": answer.status}


def test_a_script_is_told_that_the_password_is_wanted_again(visitor, make):
    visitor.sign_in(make.user())
    visitor.get("/account/")
    token = {"csrf_token": visitor.page.all("input", name="csrf_token")[0].get("value")}
    long_ago = clock.now() - timedelta(hours=1)
    make.act(lambda: db.session.execute(update(UserSession).values(confirmed_at=long_ago)) and None)

    answer = visitor.post("/account/security/passkeys/options", token, headers=JSON)

    assert said(answer) == {"status": 403, "state": "unconfirmed", "confirm": "/account/confirm"}


def test_a_script_is_told_that_a_second_factor_is_missing(visitor, make):
    author = make.user("author")
    visitor.sign_in(author)
    visitor.get("/account/")
    token = {"csrf_token": visitor.page.all("input", name="csrf_token")[0].get("value")}
    make.settings(second_factor_required="authors")

    answer = visitor.post("/write/new/autosave", {**token, "body": "x"}, headers=JSON)

    assert said(answer) == {"status": 403, "state": "factor_missing", "set_up": "/account/security"}


@pytest.mark.one_database
def test_a_redirect_that_is_raised_is_no_error(app, visitor):
    with app.test_request_context():
        answer = show_error(RequestRedirect("http://localhost/elsewhere"))

    assert (answer.status_code, answer.location) == (308, "http://localhost/elsewhere")


@pytest.mark.parametrize("path", ["/posts/brown-bread", "/brown_bread", "/a/brown-bread/"])
def test_a_page_that_is_not_there_offers_the_words_of_its_address(visitor, path):
    page = visitor.get(path)

    assert page.status == 404
    assert page.one("input", name="q").get("value") == "brown bread"


@pytest.mark.parametrize("area", ["preview", "setup", "invitation", "reset", "verify", "take-back"])
@pytest.mark.parametrize("after", ["", "/", "/more", ")"])
def test_the_secret_of_a_dead_link_is_not_offered_to_be_looked_for(visitor, area, after):
    page = visitor.get(f"/{area}/c2VjcmV0{after}", follow=True)

    assert page.status in (404, 410)
    assert "c2VjcmV0" not in page.html
