"""The desk: the posts of each state, whose they are, and how many."""

import pytest

from tests.browser_like import Browser

A = "{http://www.w3.org/1999/xhtml}a"
STATES = {
    "drafts": "draft",
    "review": "in_review",
    "scheduled": "scheduled",
    "published": "published",
    "trash": "trashed",
}


@pytest.fixture
def ines(make):
    return make.user("author", username="ines", display_name="Ines Calloway")


def titles(page):
    return ["".join(link.itertext()) for link in page.all("a", class_="title")]


def tab_counts(page):
    """What the tabs say: label and count."""
    links = [link for tabs in page.all("ul", class_="tabs") for link in tabs.iter(A)]
    return dict(" ".join("".join(link.itertext()).split()).rsplit(" ", 1) for link in links)


def test_each_state_has_its_page_and_all_their_counts(app, make, ines):
    for state in STATES.values():
        make.post(f"A {state} one", author=ines, state=state)
    make.post("Another draft", author=ines, state="draft")
    browser = Browser(app).sign_in(ines)

    pages = {state: browser.get(f"/write/{state}") for state in STATES}

    assert titles(pages["drafts"]) == ["Another draft", "A draft one"]
    assert titles(pages["review"]) == ["A in_review one"]
    assert titles(pages["scheduled"]) == ["A scheduled one"]
    assert titles(pages["published"]) == ["A published one"]
    assert titles(pages["trash"]) == ["A trashed one"]
    for page in pages.values():
        assert tab_counts(page) == {"Drafts": "2", "In review": "1", "Scheduled": "1", "Published": "1", "Trash": "1"}


def test_the_desk_opens_with_the_drafts(app, make, ines):
    make.post("Begun", author=ines, state="draft")

    page = Browser(app).sign_in(ines).get("/write/")

    assert titles(page) == ["Begun"]


@pytest.mark.parametrize("state", STATES)
def test_an_empty_state_says_what_to_do(app, ines, state):
    page = Browser(app).sign_in(ines).get(f"/write/{state}")

    assert page.status == 200
    assert page.all("div", class_="empty")
    assert not page.all("table")


def test_a_state_that_is_none_is_not_found(app, ines):
    assert Browser(app).sign_in(ines).get("/write/lost").status == 404


@pytest.mark.parametrize("role", ["author", "editor", "admin"])
def test_authors_see_their_own_posts_and_editors_everybodys(app, make, ines, role):
    make.post("Mine", author=ines, state="draft")
    make.post("Yours", state="draft")
    browser = Browser(app).sign_in(ines if role == "author" else make.user(role))

    page = browser.get("/write/drafts")

    assert titles(page) == (["Mine"] if role == "author" else ["Yours", "Mine"])
    assert tab_counts(page)["Drafts"] == ("1" if role == "author" else "2")
    assert ("Ines Calloway" in "".join(page.one("table").itertext())) is (role != "author")


def test_a_reader_has_no_desk_and_a_visitor_signs_in_first(app, make, visitor):
    reader = Browser(app).sign_in(make.user())

    assert reader.get("/write/").status == 403
    assert reader.get("/write/new").status == 403
    assert visitor.get("/write/").location == "/login?next=/write/"


def test_the_last_changed_stands_first_and_older_ones_follow_page_by_page(app, make, ines):
    for number in range(65):
        make.post(f"Number {number}", author=ines, state="draft")
    browser = Browser(app).sign_in(ines)

    first = browser.get("/write/drafts")
    second = browser.get(first.one("a", rel="next").get("href"))
    third = browser.get(second.one("a", rel="next").get("href"))
    back = browser.get(third.one("a", rel="prev").get("href"))

    assert titles(first) + titles(second) + titles(third) == [f"Number {number}" for number in reversed(range(65))]
    assert not third.all("a", rel="next")
    assert titles(back) == titles(second)


@pytest.mark.parametrize("state", STATES)
def test_the_list_asks_as_much_for_twenty_posts_as_for_one(app, make, ines, count_queries, state):
    editor = Browser(app).sign_in(make.user("editor"))
    make.post("The first", author=ines, state=STATES[state], tags=["Bread"])
    with count_queries() as for_one:
        editor.get(f"/write/{state}")

    for number in range(19):
        make.post(state=STATES[state], tags=["Bread", f"Tag {number}"])
    with count_queries() as for_twenty:
        page = editor.get(f"/write/{state}")

    assert len(titles(page)) == 20
    assert len(for_twenty) == len(for_one) <= 10


def test_an_untitled_draft_can_be_opened(app, make, ines):
    post = make.post("", author=ines, state="draft")

    page = Browser(app).sign_in(ines).get("/write/drafts")

    assert titles(page) == ["Untitled"]
    assert f"/write/{post.id}" in page.links()


def test_a_post_in_the_trash_is_restored_from_the_list(app, make, ines):
    post = make.post("Thrown away", author=ines, state="trashed")
    browser = Browser(app).sign_in(ines)
    browser.get("/write/trash")

    page = browser.submit("/trash/acts", via=f"/write/{post.id}/restoration")

    assert "Restored as a draft" in page.text
    assert make.fresh(post).status == "draft"
