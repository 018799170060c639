"""Attacks that once got through, each named by what it does."""

import io
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from werkzeug.test import Client

import wsgi
from blog import clock
from blog.auth import operations
from blog.auth.models import User
from blog.auth.passwords import is_guessable
from blog.db import db
from blog.feeds.views import absolute
from blog.media.pictures import MAX_SCANS, PictureRefused, read_picture
from blog.posts.search import snippet
from blog.web.links import mark_of
from tests.browser_like import Browser

CROSS_SITE = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}


def test_a_forms_kind_in_capitals_gets_round_no_limit(app):
    response = Client(app).post(
        "/login",
        base_url=app.config["BASE_URL"],
        data=b"&a=" * 2_000,
        headers={"Content-Type": "Application/X-WWW-Form-Urlencoded", "Sec-Fetch-Site": "same-origin"},
    )

    assert response.status_code == 413


def test_a_forged_request_is_shown_nothing_that_could_be_sent_on(app, make):
    admin, reader = make.user("admin"), make.user("reader")
    browser = Browser(app).sign_in(admin)

    page = browser.post(f"/admin/users/{reader.id}", {"role": "admin", "body": "x" * 100}, headers=CROSS_SITE)

    assert page.status == 403
    assert 'value="admin"' not in page.html
    assert "x" * 100 not in page.html
    assert not [form for form in page.all("form") if f"/admin/users/{reader.id}" in (form.get("action") or "")]


def test_a_jpeg_of_a_thousand_scans_is_refused_at_once():
    picture = io.BytesIO()
    Image.effect_noise((400, 400), 60).save(picture, "JPEG", progressive=True)
    sent = picture.getvalue()
    last = sent.rfind(b"\xff\xda")
    bomb = sent[:-2] + sent[last:-2] * 1_000 + b"\xff\xd9"
    assert sent.count(b"\xff\xda") < MAX_SCANS
    began = time.perf_counter()

    with pytest.raises(PictureRefused):
        read_picture(bomb)

    assert read_picture(sent).width == 400
    assert time.perf_counter() - began < 1


def test_no_password_takes_long_to_judge():
    hard = "4@8({[<369&#!1/|0$5+7%2" * 4
    began = time.process_time()

    assert not is_guessable(hard, known=["Ines"])

    assert time.process_time() - began < 1


def test_a_long_password_is_judged_by_its_better_end():
    assert not is_guessable("a" * 40 + "harbour ledger mallet 77", known=[])
    assert is_guessable("a" * 80, known=[])


@pytest.mark.parametrize("state", ["draft", "scheduled", "trashed"])
def test_tags_of_what_is_not_public_tell_nothing(visitor, make, state):
    make.post(state=state, tags=["Layoffs 2027"])

    pages = [visitor.get(path) for path in ("/tags/layoffs-2027", "/tags/layoffs-2027/feed.xml", "/tags/")]

    assert [page.status for page in pages] == [404, 404, 200]
    assert all("Layoffs" not in page.html for page in pages)


def test_a_snippet_of_a_very_long_text_costs_little():
    text = "granite " + " ".join(f"word{number}" for number in range(200_000))
    began = time.process_time()

    assert "<mark>granite</mark>" in snippet(text, ["granite"])
    assert snippet(text, ["absent"])

    assert time.process_time() - began < 0.5


def test_a_reset_link_used_by_many_at_once_is_used_once(app, make):
    user = make.user()
    secret = make.act(lambda: operations.new_reset_link(db.session.get(User, user.id), now=clock.now()))

    def use(_number):
        browser = Browser(app)
        browser.get(f"/reset/{secret}")
        return browser.post("/reset/password", {"password": "harbour ledger mallet 77", "link": mark_of(secret)}).status

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(use, range(6)))

    assert statuses == [303, *[410] * 5]


def test_the_secret_of_a_link_stays_out_of_the_log(app, make, caplog):
    app.view_functions["auth.reset_password"], kept = lambda: 1 / 0, app.view_functions["auth.reset_password"]
    try:
        page = Browser(app).get("/reset/a-very-secret-token", follow=True)
    finally:
        app.view_functions["auth.reset_password"] = kept

    assert page.status == 500
    assert "a-very-secret-token" not in caplog.text


@pytest.mark.parametrize("path", ["/posts/{slug}?after=%00", "/search?q=%00", "/?before=%00", "/tags/%EF%BF%BE"])
def test_no_control_character_reaches_the_database(visitor, make, path):
    post = make.post()

    assert visitor.get(path.format(slug=post.slug)).status in (200, 400, 404)


def test_a_creation_key_of_control_characters_is_harmless(visitor, make):
    visitor.sign_in(make.user("author"))
    visitor.get("/write/new")

    page = visitor.submit("/write/new", title="T", body="B", creation_key="a\x00b")

    assert page.status == 200


def test_an_address_that_grows_when_it_is_folded_is_told_so(visitor):
    visitor.get("/register")
    email = "ΐ" * 32 + "@" + ".".join(["d" * 60] * 3) + ".example.org"

    page = visitor.submit("/register", username="ines", email=email, password="harbour ledger mallet 77")

    assert page.status in (200, 422)


@pytest.mark.parametrize("name", ["__", "_a", "a_", "-a", "..", "a\u202eb", "\u3164\u3164"])
def test_odd_user_names_are_refused(visitor, name):
    visitor.get("/register")

    page = visitor.submit("/register", username=name, email="i@example.org", password="harbour ledger mallet 77")

    assert page.status == 422 or "\u202e" not in page.text


@pytest.mark.parametrize("name", ["\u200b", "\u00ad", "\u3164", "\u2800", " \u202e "])
def test_a_name_is_seen(visitor, make, name):
    visitor.sign_in(make.user())
    visitor.get("/account/")

    page = visitor.submit("/account/", display_name=name)

    assert page.status == 422
    assert "Enter a name" in page.errors()


def test_a_name_turns_nothing_round(visitor, make):
    user = make.user()
    visitor.sign_in(user)
    visitor.get("/account/")

    visitor.submit("/account/", display_name="\u202eenoemos")

    assert make.fresh(user).display_name == "enoemos"


def test_what_the_blog_writes_is_for_its_own_account_only(tmp_path):
    assert wsgi.app
    (tmp_path / "file").touch()

    assert (tmp_path / "file").stat().st_mode & 0o077 == 0
    assert os.umask(0o077) == 0o077


def test_a_feed_leaves_text_that_looks_like_markup_alone(app):
    html = '<p><code>&lt;a href="/x"&gt;</code> <a title="a &gt; b" href="/y">y</a> href="/z" <img src="/m" alt=""></p>'

    with app.app_context():
        whole = absolute(html, "https://b.example/posts/p")

    assert re.findall(r'(?:href|src)="[^"]*"', whole) == [
        'href="/x"',
        'href="http://127.0.0.1:8000/y"',
        'href="/z"',
        'src="http://127.0.0.1:8000/m"',
    ]


@pytest.mark.parametrize(
    "body", [b'"a"', b"[]", b"[1, 2]", b"null", b"1", b"{", b'{"login": {"a": 1}}', b'{"login": 1}', b"\xff"]
)
@pytest.mark.parametrize("path", ["/login", "/register", "/write/new", "/account/", "/admin/settings"])
def test_json_is_no_form_and_no_fault(app, make, path, body):
    browser = Browser(app)
    if path not in ("/login", "/register"):
        browser.sign_in(make.user("admin"))
    token = browser.get("/account/").all("input", name="csrf_token") if path.startswith(("/w", "/a")) else []
    headers = {"Sec-Fetch-Site": "same-origin", "X-CSRFToken": token[0].get("value") if token else ""}

    answer = browser.client.post(
        path, base_url=browser.base_url, data=body, content_type="application/json", headers=headers
    )

    assert answer.status_code in (303, 422)  # as an empty form
