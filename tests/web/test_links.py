"""Secrets of links: handed to a cookie, never shown, never kept by a cache."""

import pytest
from flask import Response

from blog.web.links import SECRET_LENGTH, forget_secret, keep_secret, kept_secret

pytestmark = pytest.mark.one_database


@pytest.fixture
def answer(app):
    """The answer of a request whose view is given."""

    def run(view, **environ):
        with app.test_request_context("/", **environ):
            return app.process_response(app.make_response(view()))

    return run


def test_the_secret_goes_into_a_cookie_that_no_script_reads_and_out_of_the_address(answer):
    response = answer(lambda: keep_secret("trial", "a-secret", "/trial"))

    assert (response.status_code, response.headers["Location"]) == (303, "/trial")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("link-trial=a-secret;")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=3600" in cookie
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "private, no-store"


def test_over_https_no_other_host_can_set_it(app, answer):
    app.config["SESSION_COOKIE_SECURE"] = True
    try:
        response = answer(lambda: keep_secret("trial", "a-secret", "/trial"))
    finally:
        app.config["SESSION_COOKIE_SECURE"] = False

    assert response.headers["Set-Cookie"].startswith("__Host-link-trial=a-secret;")
    assert "; Secure;" in response.headers["Set-Cookie"]
    assert "Path=/" in response.headers["Set-Cookie"]
    assert "Domain" not in response.headers["Set-Cookie"]


def test_what_looked_at_the_secret_is_kept_by_no_cache(answer):
    response = answer(lambda: Response(kept_secret("trial")), headers={"Cookie": "link-trial=a-secret"})

    assert response.get_data(as_text=True) == "a-secret"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert answer(lambda: Response(kept_secret("other")), headers={"Cookie": "link-trial=x"}).get_data() == b""


def test_a_spent_secret_is_taken_back(answer):
    response = answer(lambda: forget_secret("trial", Response()))

    assert "link-trial=;" in response.headers["Set-Cookie"]
    assert "Max-Age=0" in response.headers["Set-Cookie"]


def test_a_secret_that_is_too_long_to_be_ours_is_cut(answer):
    response = answer(lambda: keep_secret("trial", "x" * 5000, "/trial"))

    assert len(response.headers["Set-Cookie"]) < SECRET_LENGTH + 200
