"""Posts that are read one after the other: their order, what readers see of it, who says what it is about."""

from datetime import timedelta

import feedparser
import pytest

from blog import clock
from blog.auth.models import User
from blog.db import db
from blog.posts import operations, queries
from blog.posts.models import Series
from tests.browser_like import Browser


@pytest.fixture
def author(make):
    return make.user("author")


@pytest.fixture
def browser(app, author):
    return Browser(app).sign_in(author)


def ago(days: int):
    return clock.now() - timedelta(days=days)


def by_id(page, name: str):
    return next(one for one in page.tree.iter() if one.get("id") == name)


def words(element) -> str:
    return " ".join("".join(element.itertext()).split())


def within(element, tag: str):
    return [one for one in element.iter() if str(one.tag).rpartition("}")[2] == tag]


def titles(page) -> list[str]:
    return [words(one) for one in page.all("h2") if within(one, "a") and not one.get("id")]


def names_of_series(make) -> list[str]:
    return make.read(lambda: list(db.session.scalars(db.select(Series.name).order_by(Series.name))))


def test_parts_stand_by_their_numbers_then_by_their_dates(visitor, make):
    make.post("Without, late", series="Keeping", at=ago(1))
    make.post("Without, early", series="Keeping", at=ago(9))
    make.post("Second", series="Keeping", series_number=20, at=ago(2))
    make.post("First", series="Keeping", series_number=3, at=ago(1))
    make.post("Another", series="Other", series_number=1)

    page = visitor.get("/series/keeping")

    assert titles(page) == ["First", "Second", "Without, early", "Without, late"]
    assert "Part 1" in page.text
    assert "A series in 4 parts" in page.text


def test_a_post_says_which_part_it_is_and_leads_to_the_others(visitor, make):
    make.post("One", slug="one", series="Keeping", series_number=1)
    make.post("Two", slug="two", series="keeping!", series_number=2)
    make.post("Three", slug="three", series="Keeping", series_number=3)

    page = visitor.get("/posts/two")

    assert words(page.one("h2", id="series")) == "Part 2 of 3 of Keeping"
    assert words(page.one("p", class_="kicker")) == "Keeping, part 2 of 3"
    ways = {link.get("rel"): link.get("href") for link in within(page.one("div", class_="neighbours"), "a")}
    assert ways == {"prev": "/posts/one", "next": "/posts/three"}
    assert [link.get("href") for link in within(within(page.one("nav", class_="series"), "ol")[0], "a")] == [
        "/posts/one",
        "/posts/three",
    ]


def test_the_first_and_the_last_part_lead_one_way_only(visitor, make):
    make.post("One", slug="one", series="Keeping", series_number=1)
    make.post("Two", slug="two", series="Keeping", series_number=2)

    first, last = visitor.get("/posts/one"), visitor.get("/posts/two")

    assert [link.get("rel") for link in within(first.one("div", class_="neighbours"), "a")] == ["next"]
    assert [link.get("rel") for link in within(last.one("div", class_="neighbours"), "a")] == ["prev"]


def test_a_single_part_has_older_and_newer_beside_it_as_any_post(visitor, make):
    make.post("Older", at=ago(3))
    make.post("Alone", slug="alone", series="Keeping", at=ago(2))

    page = visitor.get("/posts/alone")

    assert words(page.one("p", class_="kicker")) == "Keeping"
    assert not page.all("nav", class_="series")
    assert within(page.one("nav", class_="neighbours"), "a")[0].get("rel") == "next"


@pytest.mark.parametrize("state", ["draft", "scheduled", "trashed"])
def test_hidden_parts_are_neither_shown_nor_counted(visitor, make, state):
    make.post("One", slug="one", series="Keeping", series_number=1)
    make.post("Hidden", series="Keeping", series_number=2, state=state)
    make.post("Three", slug="three", series="Keeping", series_number=3)

    page = visitor.get("/posts/three")

    assert "Part 2 of 2 of Keeping" in page.text
    assert "Hidden" not in page.text
    assert titles(visitor.get("/series/keeping")) == ["One", "Three"]


def test_a_series_of_hidden_parts_is_not_there(visitor, make):
    make.post("Hidden", series="Keeping", state="draft")

    assert visitor.get("/series/keeping").status == 404
    assert visitor.get("/series/keeping/feed.xml").status == 404


def test_a_scheduled_part_joins_at_its_hour(make, author):
    now = clock.now()
    first = make.post("One", slug="one", series="Keeping", series_number=1, author=author)
    make.post("Two", series="Keeping", series_number=2, state="scheduled", at=now + timedelta(hours=1), author=author)

    before = make.read(lambda: queries.find_post(first.slug, None, now))
    after = make.read(lambda: queries.find_post(first.slug, None, now + timedelta(hours=2)))

    assert (len(before.series.parts), len(after.series.parts)) == (1, 2)
    assert after.series.next.title == "Two"


def test_more_than_six_parts_stand_folded(visitor, make, author):
    for number in range(1, 8):
        make.post(f"Part {number}", slug=f"part-{number}", series="Long", series_number=number, author=author)

    page = visitor.get("/posts/part-4")

    assert within(within(page.one("nav", class_="series"), "details")[0], "ol")
    assert "Part 4 of 7 of Long" in page.text


def test_the_feed_has_the_newest_parts_first(visitor, make):
    make.post("One", series="Keeping", series_number=1, at=ago(5))
    make.post("Two", series="Keeping", series_number=2, at=ago(2))
    make.post("Other")

    feed = feedparser.parse(visitor.get("/series/keeping/feed.xml").html)

    assert [entry.title for entry in feed.entries] == ["Two", "One"]
    assert feed.feed.title.startswith("Keeping · ")


def test_a_series_is_typed_in_the_editor_and_offered_to_the_next_post(browser, visitor, make, author):
    browser.get("/write/new")
    browser.submit(
        "/write/new", via="/write/new/publication", title="One", body="Text", series="Keeping", series_number="1"
    )

    page = browser.get("/write/new")
    browser.submit("/write/new", via="/write/new/publication", title="Two", body="Text", series=" keeping ")

    assert [option.get("value") for option in within(page.one("datalist", id="series-names"), "option")] == ["Keeping"]
    assert titles(visitor.get("/series/keeping")) == ["One", "Two"]
    assert names_of_series(make) == ["Keeping"]


def test_names_that_only_drafts_of_others_have_are_not_offered(browser, make):
    make.post("Theirs", series="Secret plans", state="draft")
    make.post("Public", series="Known")

    page = browser.get("/write/new")

    assert [option.get("value") for option in within(page.one("datalist", id="series-names"), "option")] == ["Known"]


def test_a_post_leaves_its_series_and_a_series_without_posts_disappears(browser, visitor, make, author):
    post = make.post("One", series="Keeping", series_number=4, author=author, state="draft")
    page = browser.get(f"/write/{post.id}")
    assert (by_id(page, "series").get("value"), by_id(page, "series_number").get("value")) == ("Keeping", "4")

    browser.submit(f"/write/{post.id}", series="")

    assert names_of_series(make) == []
    assert by_id(browser.get(f"/write/{post.id}"), "series_number").get("value") in (None, "")


def test_a_series_disappears_with_the_posts_of_who_leaves(make, author):
    make.post("Theirs", series="Gone", author=author)
    make.post("Of another", series="Kept")

    make.act(lambda: operations.remove_posts_of(db.session.get(User, author.id)))

    assert names_of_series(make) == ["Kept"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"series": "x" * 101}, "at most 100 characters"),
        ({"series": "…"}, "letters or digits"),
        ({"series": "Keeping", "series_number": "0"}, "from 1 to 9999"),
        ({"series": "Keeping", "series_number": "10000"}, "from 1 to 9999"),
        ({"series": "Keeping", "series_number": "two"}, "from 1 to 9999"),
    ],
)
def test_what_is_no_series_is_refused_and_stays_in_the_form(browser, make, typed, said):
    browser.get("/write/new")

    page = browser.submit("/write/new", title="One", body="Text", **typed)

    assert page.status == 422
    assert said in page.text
    assert by_id(page, "series").get("value") == typed["series"]
    assert names_of_series(make) == []


def test_a_series_is_part_of_what_revisions_keep_and_bring_back(browser, make, author):
    post = make.post("One", series="First thought", series_number=2, author=author, state="draft")
    browser.get(f"/write/{post.id}")
    browser.submit(f"/write/{post.id}", series="Second thought", series_number="")

    changes = browser.get(f"/write/{post.id}/revisions/2/changes")
    browser.get(f"/write/{post.id}/revisions/1")
    browser.submit(f"/write/{post.id}/revisions/1/restoration")

    assert "[removed: First ] [added: Second ] thought [removed: , 2 ]" in changes.text
    assert names_of_series(make) == ["First thought"]
    page = browser.get(f"/write/{post.id}")
    assert (by_id(page, "series").get("value"), by_id(page, "series_number").get("value")) == ("First thought", "2")


def test_another_series_of_a_published_post_waits_until_it_is_given_to_readers(browser, visitor, make, author):
    post = make.post("One", slug="one", author=author, series="Old", series_number=1)
    make.post("Two", author=author, series="Old", series_number=2)
    page = browser.get(f"/write/{post.id}")
    typed = {name: by_id(page, name).get("value") for name in ("edit_number", "editing")}
    typed |= {"csrf_token": page.all("input", name="csrf_token")[0].get("value"), "title": "One", "slug": "one"}

    saved = browser.post(
        f"/write/{post.id}/autosave",
        typed | {"body": "Some words.", "series": "New"},
        headers={"Accept": "application/json"},
    )

    assert saved.response.json["is_pending"]
    assert "Part 1 of 2 of Old" in visitor.get("/posts/one").text
    assert by_id(browser.get(f"/write/{post.id}"), "series").get("value") == "New"
    assert visitor.get("/series/new").status == 404


def test_who_may_work_on_all_parts_says_what_it_is_about(browser, visitor, make, author):
    make.post("One", author=author, series="Keeping")
    browser.get("/series/keeping")
    address = within(browser.page.one("ul", class_="tags"), "a")[-1].get("href")

    browser.get(address)
    browser.submit(address, description="How things\nstay whole.")

    assert words(visitor.get("/series/keeping").one("p", class_="standfirst")) == "How things stay whole."
    assert address not in visitor.page.links()


def test_a_description_that_is_too_long_is_refused(browser, make, author):
    make.post("One", author=author, series="Keeping")
    series = make.read(lambda: db.session.scalar(db.select(Series.id)))
    browser.get(f"/write/series/{series}")

    page = browser.submit(f"/write/series/{series}", description="x" * 301)

    assert page.status == 422
    assert "at most 300 characters" in page.text


def test_a_series_with_a_part_of_another_is_not_theirs_to_describe(app, browser, make, author):
    make.post("Mine", author=author, series="Keeping")
    make.post("Theirs", series="Keeping")
    series = make.read(lambda: db.session.scalar(db.select(Series.id)))

    assert browser.get(f"/write/series/{series}").status == 404
    assert Browser(app).sign_in(make.user("editor")).get(f"/write/series/{series}").status == 200
    assert Browser(app).sign_in(make.user("reader")).get(f"/write/series/{series}").status == 403


def test_a_hidden_part_of_another_takes_a_series_from_nobody(browser, make, author):
    make.post("Mine", author=author, series="Keeping")
    make.post("Theirs", series="Keeping", state="draft")
    series = make.read(lambda: db.session.scalar(db.select(Series.id)))

    assert browser.get(f"/write/series/{series}").status == 200


def test_a_post_in_a_series_costs_one_query_more_whatever_its_length(visitor, make, author, count_queries):
    make.post("Alone", slug="alone", author=author)
    for number in range(20):
        make.post(f"Part {number}", slug=f"part-{number}", series="Long", author=author)
        make.post(f"Short {number}", slug=f"short-{number}", series="Short", author=author) if number < 2 else None
    visitor.get("/posts/alone")

    with count_queries() as alone:
        visitor.get("/posts/alone")
    with count_queries() as short:
        visitor.get("/posts/short-1")
    with count_queries() as long:
        visitor.get("/posts/part-7")

    assert len(short) == len(long) == len(alone) + 1


def test_the_page_of_a_series_asks_as_much_for_twenty_parts_as_for_one(visitor, make, author, count_queries):
    for number in range(20):
        make.post(f"Part {number}", series="Long", author=author, tags=["A"])
    make.post("Only", series="Short", author=author, tags=["A"])
    visitor.get("/series/long")

    with count_queries() as for_one:
        visitor.get("/series/short")
    with count_queries() as for_twenty:
        visitor.get("/series/long")

    assert len(for_one) == len(for_twenty)
