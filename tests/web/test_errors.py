"""What people see when something can't be done."""

import pytest
from werkzeug.test import Client

import config
from blog import create_app
from blog.auth.models import User
from blog.auth.sessions import end_sessions
from blog.db import db
from tests.browser_like import Browser


@pytest.fixture
def stranded(tmp_path):
    """The app with a database server that is away."""
    settings = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "INSTANCE_PATH": str(tmp_path),
        "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
    }
    return create_app(config.load(settings))


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
