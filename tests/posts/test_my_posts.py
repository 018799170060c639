"""My posts: what is found, in which order, page by page, and that no address breaks the list."""

from datetime import UTC, datetime

import pytest

from blog.db import db
from blog.posts.models import Post
from tests.browser_like import Browser
from tests.posts.test_desk_lists import tab_counts, titles

NOVEMBER = datetime(2019, 11, 5, 12, tzinfo=UTC)


@pytest.fixture
def ines(make):
    return make.user("author", username="ines", display_name="Ines Calloway")


@pytest.fixture
def browser(app, ines):
    return Browser(app).sign_in(ines)


def change(make, post, **values):
    """Set columns of a post, as time or readers would."""

    def act():
        row = db.session.get(Post, post.id)
        for name, value in values.items():
            setattr(row, name, value)

    make.act(act)


def paged(browser, address):
    """The titles of every page, from the first on; and that the way back shows the same pages."""
    page = browser.get(address)
    pages = [titles(page)]
    while links := page.all("a", rel="next"):
        page = browser.get(links[0].get("href"))
        pages.append(titles(page))
    for earlier in reversed(pages[:-1]):
        page = browser.get(page.one("a", rel="prev").get("href"))
        assert titles(page) == earlier
    return [title for titles_of_page in pages for title in titles_of_page]


def test_words_are_found_in_titles_and_texts_of_drafts_too(make, ines, browser):
    make.post("Rye bread", "Flour.", author=ines, state="draft")
    make.post("On flour", "Grinding it.", author=ines, state="draft")
    make.post("Soup", "Leeks.", author=ines, state="draft")
    make.post("Flour, again", author=ines)
    make.post("The flour of others", state="draft")

    page = browser.get("/write/drafts?q=FLOU")

    assert titles(page) == ["On flour", "Rye bread"]
    assert tab_counts(page) == {"Drafts": "2", "In review": "0", "Scheduled": "0", "Published": "1", "Trash": "0"}


def test_tag_author_and_time_narrow_the_list_and_its_counts(app, make, ines):
    editor = Browser(app).sign_in(make.user("editor"))
    old = make.post("Old bread", author=ines, at=NOVEMBER, tags=["Bread & butter"])
    make.post("New bread", author=ines, tags=["Bread & butter"])
    make.post("Old soup", author=ines, at=NOVEMBER)
    make.post("Bread of another", at=NOVEMBER, tags=["Bread & butter"])
    draft = make.post("Bread begun", author=ines, state="draft", tags=["Bread & butter"])
    change(make, draft, updated_at=NOVEMBER)

    page = editor.get("/write/published?tag=bread+%26+butter&author=Ines&year=2019&month=11")

    assert titles(page) == [old.title]
    assert tab_counts(page) == {"Drafts": "1", "In review": "0", "Scheduled": "0", "Published": "1", "Trash": "0"}
    assert titles(editor.get("/write/published?tag=bread-butter&year=2019")) == ["Bread of another", old.title]
    assert titles(editor.get("/write/published?year=2019&month=10")) == []
    assert titles(editor.get("/write/drafts?year=2019")) == ["Bread begun"]


def test_a_month_begins_where_the_site_is(make, ines, browser):
    make.settings(time_zone="Pacific/Auckland")
    make.post("On New Year there", author=ines, at=datetime(2019, 12, 31, 12, tzinfo=UTC))

    assert titles(browser.get("/write/published?year=2020&month=1")) == ["On New Year there"]
    assert titles(browser.get("/write/published?year=2019&month=12")) == []


def test_an_author_is_not_asked_for_authors(make, ines, browser):
    make.post("Mine", author=ines, state="draft")

    page = browser.get("/write/drafts?author=somebody")

    assert titles(page) == ["Mine"]
    assert not page.all("input", name="author")


def test_tags_of_others_drafts_are_not_offered(make, ines, browser):
    make.post("Mine", author=ines, state="draft", tags=["Bread"])
    make.post("Secret", state="draft", tags=["A secret"])

    page = browser.get("/write/drafts")

    assert [
        one.get("value") for one in page.one("datalist", id="tags").iter("{http://www.w3.org/1999/xhtml}option")
    ] == ["Bread"]


@pytest.mark.parametrize("order", ["changed", "published", "title", "comments"])
def test_every_order_is_right_page_by_page_and_back(make, ines, browser, monkeypatch, order):
    monkeypatch.setattr("blog.posts.my_posts.POSTS_PER_PAGE", 3)
    for number in range(8):  # three keys for eight posts: pages end between equal ones
        post = make.post(f"{'aBc'[number % 3]}é % - {number // 3}", author=ines)
        moment = NOVEMBER.replace(year=2010 + number % 3)
        change(make, post, title=f"{'aBc'[number % 3]}é", published_at=moment, comment_count=number % 3)
        change(make, post, updated_at=moment, words=number)

    found = paged(browser, f"/write/published?sort={order}")

    wanted = ["aé"] * 3 + ["Bé"] * 3 + ["cé"] * 2
    assert found == (wanted if order == "title" else wanted[::-1])


def test_the_way_on_keeps_what_was_asked(make, ines, browser, monkeypatch):
    monkeypatch.setattr("blog.posts.my_posts.POSTS_PER_PAGE", 2)
    for number in range(5):
        make.post(f"Bread {number}", author=ines, tags=["Food"])
        make.post(f"Soup {number}", author=ines)

    found = paged(browser, "/write/published?q=bread&tag=food&sort=title")

    assert found == [f"Bread {number}" for number in range(5)]


def test_nothing_found_says_where_there_is_something_and_leads_to_it(make, ines, browser):
    make.post("Bread", author=ines)
    make.post("Soup", author=ines, state="draft")

    page = browser.get("/write/drafts?q=bread")

    assert "No post here is like that." in page.text
    elsewhere = next(link for link in page.all("a", class_="button") if "Published: 1" in "".join(link.itertext()))
    assert titles(browser.get(elsewhere.get("href"))) == ["Bread"]
    assert "/write/drafts" in page.links()


def test_the_form_keeps_what_was_asked(app, make):
    editor = Browser(app).sign_in(make.user("editor", username="edith"))
    make.post("Bread")

    page = editor.get('/write/published?q="bread"&tag=x&author=edith&year=2024&month=3&sort=title')

    assert [page.one("input", name=name).get("value") for name in ("q", "tag", "author")] == ['"bread"', "x", "edith"]
    chosen = [option.get("value", option.text) for option in page.all("option", selected="")]
    assert chosen == ["3", "2024", "title"]


@pytest.mark.parametrize(
    "query",
    [
        "sort=no", "sort=comments", "tag=%00", "tag=!!!", "author=nobody", "author=%F0%9F%8D%9E%00", "q=%00", "q=%ff%fe", "q=''",
        "q=%22+OR+NEAR(*", "q=" + "x" * 3000, "q=" + "a%20" * 500, "tag=" + "t" * 2000, "year=0", "year=99999", "year=%D9%A3",
        "year=9998&month=12", "year=1970&month=1", "month=13", "month=5", "month=-1", "q=a&q=b&tag=a&tag=b&sort=title&sort=changed",
        "before=1-1&sort=title", "before=&sort=title", "before=x%00y-5&sort=title", "before=%F0%9F%8D%9E-5&sort=title", "after=zz-99999999999999&sort=title",
        "before=5-5&sort=comments", "before=-5-5&sort=comments", "after=9999999999-1&sort=comments", "before=a-b", "after=99999999999999999-1",
        "q=%E2%80%AE%EF%BF%BE%CC%81", "q[]=a", "sort=published&before=" + "9" * 17 + "-" + "9" * 18,
    ],
)  # fmt: skip
def test_no_address_breaks_the_list(app, make, query):
    make.post("Bread")
    editor = Browser(app).sign_in(make.user("editor"))

    for state in ("drafts", "scheduled", "published", "trash"):
        assert editor.get(f"/write/{state}?{query}").status == 200


def test_everything_asked_for_costs_as_much_for_twenty_posts_as_for_one(app, make, count_queries):
    editor = Browser(app).sign_in(make.user("editor"))
    author = make.user("author", username="ines")
    address = "/write/published?q=bread&tag=food&author=ines&year=2019&sort=title"
    make.post("Bread", author=author, tags=["Food"], at=NOVEMBER)
    with count_queries() as for_one:
        editor.get(address)

    for number in range(19):
        make.post(f"Bread {number}", author=author, tags=["Food", f"Tag {number}"], at=NOVEMBER)
    with count_queries() as for_twenty:
        page = editor.get(address)

    assert len(titles(page)) == 20
    assert len(for_twenty) == len(for_one) <= 10
