"""The dashboard: what needs the admin."""

from datetime import UTC, datetime, timedelta

import pytest

from blog import clock
from blog.admin.dashboard import greeting
from tests.browser_like import Browser


@pytest.fixture
def boss(make):
    return make.user("admin", username="theboss", display_name="Ines", created_at=clock.now() - timedelta(days=400))


def tasks(page):
    """What waits: the number and the words."""
    return {
        " ".join("".join(item.find("{*}p/{*}strong").itertext()).split()): "".join(item.find("{*}b").itertext()).strip()
        for todo in page.all("ul", class_="todo")
        for item in todo
    }


def test_what_waits_is_counted_and_leads_to_its_place(app, make, boss):
    make.settings(description="About.")
    author = make.user("author", created_at=clock.now() - timedelta(days=30))
    post = make.post("Out", author=author)
    for _ in range(2):
        make.comment(post, author=author)
    make.post("Begun", author=author, state="draft")
    make.post("Soon", author=author, state="scheduled")
    make.user(username="newcomer")
    make.user(username="asleep", deactivated_at=clock.now())

    page = Browser(app).sign_in(boss).get("/admin/")

    assert tasks(page) == {
        "New comments": "2", "New person": "1", "Post is scheduled": "1", "Draft is unfinished": "1"
    }  # fmt: skip
    assert "4 things wait for you" in page.text
    assert {"/write/comments", "/admin/users", "/write/scheduled", "/write/drafts"} <= set(page.links())


def test_a_site_where_nothing_waits_says_so(app, make, boss):
    make.settings(description="About.")

    page = Browser(app).sign_in(boss).get("/admin/")

    assert "Nothing waits for you" in page.text
    assert tasks(page) == {}


def test_a_site_without_a_description_is_told(app, boss):
    page = Browser(app).sign_in(boss).get("/admin/")

    assert list(tasks(page)) == ["The site has no description"]


def test_comments_that_were_seen_wait_no_more(app, make, boss):
    make.comment(make.post())
    admin = Browser(app).sign_in(boss)
    before = tasks(admin.get("/admin/"))
    admin.get("/write/comments")
    admin.submit("/write/comments/seen")

    assert "New comment" in before
    assert "New comment" not in tasks(admin.get("/admin/"))


def test_it_asks_as_much_of_a_full_site_as_of_an_empty_one(app, make, boss, count_queries):
    admin = Browser(app).sign_in(boss)
    with count_queries() as empty:
        admin.get("/admin/")

    for _ in range(20):
        make.comment(make.post())
    with count_queries() as full:
        admin.get("/admin/")

    assert len(full) == len(empty) <= 9


@pytest.mark.parametrize(
    ("hour", "said"),
    [(4, "evening"), (5, "morning"), (11, "morning"), (12, "afternoon"), (17, "afternoon"), (18, "evening")],
)
def test_the_greeting_knows_the_hour(app, hour, said):
    with app.test_request_context():
        assert greeting("Ines", datetime(2026, 11, 20, hour, tzinfo=UTC)) == f"Good {said}, Ines"
