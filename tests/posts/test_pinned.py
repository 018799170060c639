"""Pinned posts: at most three that stand first on the home page, and nowhere else."""

from datetime import UTC, datetime, timedelta

import pytest
import yaml
from sqlalchemy import select

from blog import clock
from blog.auth.models import User
from blog.auth.policies import NotAllowed
from blog.db import db, transaction
from blog.posts import operations, queries
from blog.posts.models import PINS_AT_MOST, Post, Visibility
from blog.posts.operations import NotListed, PinsTaken
from blog.site.models import AuditEvent
from tests.browser_like import Browser
from tests.pages.test_my_data import download
from tests.posts.test_bulk_acts import act, agree
from tests.together import at_once

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def ida(make):
    return make.user("editor", username="ida")


@pytest.fixture
def editor(app, ida):
    return Browser(app).sign_in(ida)


@pytest.fixture
def pin(make, ida):
    """Pin a post, which the editor may."""
    return lambda post: make.act(lambda: pin_now(post, ida))


def pin_now(post, by):
    operations.pin_post(db.session.get(Post, post.id), by=db.session.get(User, by.id), now=clock.now())


def unpin_now(post, by):
    operations.unpin_post(db.session.get(Post, post.id), by=db.session.get(User, by.id))


def pinned(make):
    """The titles of what is pinned."""
    return sorted(make.read(queries.pinned_titles))


def acts(browser):
    """What can be done to the posts that are published."""
    return [button.get("value") for button in browser.get("/write/published").all("button", name="act")]


def rows(page):
    """The words of each row of the list."""
    return ["".join(row.itertext()) for row in page.all("tr")]


def events(make):
    """Which of them are on record, in their order."""
    wanted = AuditEvent.event.in_(["post_pinned", "post_unpinned"])
    return make.read(lambda: list(db.session.scalars(select(AuditEvent.event).where(wanted).order_by(AuditEvent.id))))


def dated(make, count, author=None):
    """Posts of one day after the other, "Day 1" first."""
    author = author or make.user("author")
    return [
        make.post(f"Day {number}", author=author, at=NEW_YEAR + timedelta(days=number), tags=["Days"], series="Days")
        for number in range(1, count + 1)
    ]


def titles(page):
    """Of the posts on a page, in their order."""
    headings = [one for one in page.tree.iter() if str(one.tag).rpartition("}")[2] in ("h2", "h3")]
    found = [" ".join("".join(one.itertext()).split()) for one in headings]
    return [text for text in found if text.startswith("Day ")]


def walk(visitor):
    """The titles of all pages of the home page, the first one's first."""
    pages, path = [], "/"
    while path:
        page = visitor.get(path)
        pages.append(titles(page))
        path = next((link.get("href") for link in page.all("a", rel="next")), None)
    return pages


def days(first, last):
    return [f"Day {number}" for number in range(first, last - 1, -1)]


# Where they stand


def test_a_pinned_post_stands_first_with_a_mark_and_once(visitor, make, pin):
    posts = dated(make, 5)
    before = visitor.get("/")
    unmarked = before.text
    pin(posts[1])

    page = visitor.get("/")

    assert "Pinned" not in unmarked
    assert titles(page) == ["Day 2", "Day 5", "Day 4", "Day 3", "Day 1"]
    assert page.text.count("Pinned") == 1
    assert "Pinned" in "".join(page.one("article").itertext())
    assert "Earlier" not in page.text, "what follows is newer"


def test_of_several_the_last_one_pinned_is_first(visitor, make, pin):
    posts = dated(make, 5)
    for number in (4, 0, 2):
        pin(posts[number])

    page = visitor.get("/")

    assert titles(page) == ["Day 3", "Day 1", "Day 5", "Day 4", "Day 2"]
    assert page.text.count("Pinned") == 3


@pytest.mark.parametrize("pinned", [[], [0], [24], [1, 14, 22], [15, 16, 14]])
def test_on_all_pages_together_each_post_stands_once(visitor, make, pin, pinned):
    posts = dated(make, 25)
    for number in pinned:
        pin(posts[number])

    pages = walk(visitor)

    first = [posts[number].title for number in reversed(pinned)]
    assert pages[0][: len(first)] == first
    assert [title for page in pages for title in page][len(first) :] == [
        title for title in days(25, 1) if title not in first
    ]
    assert [len(page) - len(first) * (not number) for number, page in enumerate(pages)][:2] == [10, 10]


def test_the_way_back_leads_to_the_same_first_page(visitor, make, pin):
    posts = dated(make, 15)
    pin(posts[0])
    first = titles(visitor.get("/"))

    second = visitor.get(visitor.page.one("a", rel="next").get("href"))
    seen = titles(second)
    back = titles(visitor.get(second.one("a", rel="prev").get("href")))

    assert "Pinned" not in second.text
    assert seen == days(5, 2)
    assert back == first


def test_when_all_are_pinned_they_are_the_page(visitor, make, pin):
    for post in dated(make, 3):
        pin(post)

    page = visitor.get("/")

    assert titles(page) == days(3, 1)
    assert not page.all("nav", class_="pager")


@pytest.mark.parametrize("path", ["/tags/days", "/authors/rosa", "/archive/2026", "/archive/2026/01", "/search?q=day"])
def test_other_lists_keep_their_order_and_show_no_mark(visitor, make, pin, path):
    posts = dated(make, 4, make.user("author", username="rosa"))
    before = titles(visitor.get(path))
    pin(posts[0])

    page = visitor.get(path)

    assert len(before) == 4
    assert titles(page) == before
    assert "Pinned" not in page.text


def test_series_and_feeds_keep_their_order(visitor, make, pin):
    posts = dated(make, 4)
    paths = ("/series/days", "/feed.xml", "/feed.json", "/tags/days/feed.xml")
    order = {path: order_in(visitor.get(path).html) for path in paths}
    pin(posts[0])

    assert {path: order_in(visitor.get(path).html) for path in paths} == order
    assert sorted(order["/feed.xml"]) == [1, 2, 3, 4]


def order_in(text):
    """The numbers of the days, as they first come in a text."""
    return sorted((number for number in range(1, 5) if f"Day {number}" in text), key=lambda n: text.index(f"Day {n}"))


def test_the_home_page_costs_one_query_more_than_before_with_and_without(visitor, make, pin, count_queries):
    posts = dated(make, 15)
    visitor.get("/")
    with count_queries() as of_tag:
        visitor.get("/tags/days")
    with count_queries() as without:
        visitor.get("/")
    older = visitor.page.one("a", rel="next").get("href")
    for post in posts[:PINS_AT_MOST]:
        pin(post)

    with count_queries() as with_three:
        visitor.get("/")
    with count_queries() as of_older:
        visitor.get(older)

    # The list of a tag looks for the tag first.
    assert len(with_three) == len(without) == len(of_tag)
    assert len(of_older) == len(without) - 1


# Who pins


def test_an_editor_pins_on_my_posts_and_unpins_there(make, editor, visitor):
    one, two = make.post("Day 1", at=NEW_YEAR), make.post("Day 2")
    buttons = acts(editor)

    pinned = act(editor, "published", "pin", one)
    told = editor.get(pinned.location)
    row, offered = rows(told), acts(editor)
    first = titles(visitor.get("/"))
    unpinned = act(editor, "published", "unpin", one)

    assert {"pin", "unpin"} & set(buttons) == {"pin"}
    assert "One post is pinned." in told.text
    assert {"pin", "unpin"} <= set(offered)
    assert [("Pinned" in text) for text in row] == ["Day 1" in text for text in row]
    assert first == ["Day 1", "Day 2"]
    assert "One post is no longer pinned." in editor.get(unpinned.location).text
    assert titles(visitor.get("/")) == ["Day 2", "Day 1"]
    assert events(make) == ["post_pinned", "post_unpinned"]
    assert make.fresh(two).pinned_at is None


def test_pinning_what_is_pinned_changes_nothing(make, ida, pin):
    post = make.post()
    pin(post)
    was = make.fresh(post)

    pin(post)

    assert make.fresh(post).pinned_at == was.pinned_at
    assert events(make) == ["post_pinned"]


def test_an_editor_that_is_open_meanwhile_saves_without_a_conflict(make, app, editor):
    author = make.user("author")
    post, browser = make.post("Day 1", author=author), Browser(app).sign_in(author)
    browser.get(f"/write/{post.id}")
    act(editor, "published", "pin", post)

    page = browser.submit(f"/write/{post.id}", via=f"/write/{post.id}/publication", title="Day 9")

    assert "Published." in page.text
    assert make.fresh(post).title == "Day 9"
    assert make.fresh(post).pinned_at is not None, "and it stays pinned"


def test_an_author_pins_nothing_not_even_their_own(make, app, pin):
    author = make.user("author")
    one, two = (make.post(f"Day {number}", author=author) for number in (1, 2))
    pin(two)
    browser = Browser(app).sign_in(author)
    buttons = acts(browser)

    refused = act(browser, "published", "pin", one)
    kept = act(browser, "published", "unpin", two)

    assert buttons
    assert not {"pin", "unpin"} & set(buttons)
    assert "you may not do this to it" in refused.text
    assert "you may not do this to it" in kept.text
    assert make.fresh(one).pinned_at is None
    assert make.fresh(two).pinned_at is not None
    with pytest.raises(NotAllowed):
        make.act(lambda: pin_now(one, author))
    with pytest.raises(NotAllowed):
        make.act(lambda: unpin_now(two, author))


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        ("drafts", {"state": "draft"}),
        ("scheduled", {"state": "scheduled"}),
        ("published", {"visibility": "unlisted"}),
        ("published", {"visibility": "private"}),
        ("published", {"visibility": "page"}),
    ],
)
def test_what_readers_find_nowhere_is_not_pinned(make, ida, editor, pin, state, changes):
    post = make.post("Day 1", author=ida, **changes)

    page = act(editor, state, "pin", post)

    assert "only what is published for everybody, and no page, can be pinned" in page.text
    assert make.fresh(post).pinned_at is None
    with pytest.raises(NotListed):
        pin(post)


# Three at most


def test_a_fourth_is_refused_in_words_that_name_the_three(make, editor, pin):
    posts = dated(make, 4)
    for post in posts[:3]:
        pin(post)

    page = act(editor, "published", "pin", posts[3])
    links = [link.get("href") for link in page.all("a") if "Day" in "".join(link.itertext())]

    assert page.one("h1").text.strip() == "Nothing can be done"
    assert "three are pinned already: unpin one first" in page.text
    assert "/write/published?q=Day+1" in links
    assert make.fresh(posts[3]).pinned_at is None
    with pytest.raises(PinsTaken):
        pin(posts[3])


def test_of_more_than_there_is_room_for_it_asks_first(make, editor, pin):
    posts = dated(make, 4)
    pin(posts[0])

    asked = act(editor, "published", "pin", *posts[1:])
    before = pinned(make)
    page = agree(editor)

    assert asked.one("h1").text.strip() == "Pin 2 posts?"
    assert before == ["Day 1"]
    assert pinned(make) == ["Day 1", "Day 2", "Day 3"]
    assert "2 posts are pinned. One was left as it was. “Day 4”: three are pinned already" in page.text


def test_room_that_is_taken_meanwhile_is_asked_about_anew(make, editor, pin):
    posts = dated(make, 5)
    pin(posts[0])
    act(editor, "published", "pin", *posts[1:4])
    pin(posts[4])

    page = agree(editor)

    assert "Pin one post?" in page.text
    assert pinned(make) == ["Day 1", "Day 5"]


def test_of_six_who_pin_at_once_three_are_served(app, make, ida):
    posts = dated(make, 6)

    def pin_one(number):
        with app.app_context():
            try:
                with transaction():
                    pin_now(posts[number], ida)
            except PinsTaken:
                return "refused"
            return "pinned"

    assert sorted(at_once(6, pin_one)) == ["pinned"] * 3 + ["refused"] * 3
    assert len(pinned(make)) == PINS_AT_MOST


# What stops it


@pytest.mark.parametrize("how", ["unpublish", "trash", "unlisted", "private", "page", "later"])
def test_what_readers_do_not_find_any_more_is_pinned_no_longer(make, ida, pin, visitor, how):
    post = make.post("Day 1")
    pin(post)

    make.act(lambda: take_away(post, ida, how))
    taken = make.fresh(post).pinned_at
    make.act(lambda: bring_back(post, ida, how))

    assert taken is None
    assert make.fresh(post).pinned_at is None, "and it does not come back so"
    assert titles(visitor.get("/")) == ["Day 1"]
    assert "Pinned" not in visitor.page.text


def take_away(post, by, how):
    held, user, now = db.session.get(Post, post.id), db.session.get(User, by.id), clock.now()
    if how == "unpublish":
        operations.unpublish_post(held, by=user, now=now)
    elif how == "trash":
        operations.trash_post(held, by=user, now=now)
    elif how == "later":
        operations.publish_post(held, by=user, at=now + timedelta(days=1), now=now)
    else:
        operations.change_visibility(held, Visibility(how), by=user, now=now)


def bring_back(post, by, how):
    held, user, now = db.session.get(Post, post.id), db.session.get(User, by.id), clock.now()
    if how == "trash":
        operations.restore_post(held, by=user, now=now)
    if how in ("unpublish", "trash", "later"):
        operations.publish_post(held, by=user, at=now, now=now)
    else:
        operations.change_visibility(held, Visibility.PUBLIC, by=user, now=now)


def test_a_post_that_is_deleted_makes_room(make, ida, pin):
    posts = dated(make, 4)
    for post in posts[:3]:
        pin(post)

    make.act(lambda: take_away(posts[0], ida, "trash"))
    pin(posts[3])

    assert pinned(make) == ["Day 2", "Day 3", "Day 4"]


def test_the_audit_log_says_it_in_words(make, app, editor):
    post = make.post("Day 1")
    act(editor, "published", "pin", post)
    act(editor, "published", "unpin", post)

    page = Browser(app).sign_in(make.user("admin")).get("/admin/audit")

    assert "Pinned: Day 1" in page.text
    assert "No longer pinned: Day 1" in page.text


# Where it is kept


def test_the_download_of_ones_own_data_has_it(app, make, pin):
    author = make.user("author")
    posts = dated(make, 2, author)
    pin(posts[0])

    _, archive = download(Browser(app).sign_in(author))

    texts = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".md")]
    heads = [yaml.safe_load(text.split("---\n")[1]) for text in texts]
    assert {head["title"]: head["pinned"] is not None for head in heads} == {"Day 1": True, "Day 2": False}
