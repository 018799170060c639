"""One act on several posts: all that it can be done to, said before where readers notice, and nothing by halves."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from blog import clock
from blog.auth.models import User
from blog.db import begin_write, db, transaction
from blog.posts import bulk_acts, counts, operations, queries
from blog.posts.models import Post, Tag
from blog.posts.revisions.models import Revision
from blog.posts.search import index_gaps
from blog.site.models import AuditEvent
from tests.browser_like import Browser
from tests.posts.test_desk_lists import titles


@pytest.fixture
def ines(make):
    return make.user("author", username="ines")


@pytest.fixture
def browser(app, ines):
    return Browser(app).sign_in(ines)


def act(browser, state, act, *posts, **fields):
    """Send what the list of a state sends when posts are ticked and a button is pressed; a redirect is not followed."""
    token = browser.get("/write/syntax").all("input", name="csrf_token")[0].get("value")
    fields = {"post": [post.id for post in posts], "act": act, "csrf_token": token, **fields}
    return browser.post(f"/write/{state}/acts", fields)


def agree(browser):
    """Say yes on the page that asks."""
    return browser.submit("/acts", post=[one.get("value") for one in browser.page.all("input", name="post")])


def events(make, event):
    return make.read(lambda: db.session.scalars(select(AuditEvent).where(AuditEvent.event == event)).all())


def state_of(make, *posts):
    return [make.fresh(post).status.value for post in posts]


def everything_agrees(make):
    """Counts and search say what the posts are."""
    now = clock.now()
    return make.read(lambda: not counts.wrong_counts(now) and index_gaps().missing == index_gaps().stale == [])


def test_publishing_asks_first_and_leaves_what_has_no_title(make, ines, browser, visitor):
    drafts = [make.post(f"Draft {number}", author=ines, state="draft", tags=["Bread"]) for number in range(3)]
    bare = make.post("", author=ines, state="draft")

    asked = act(browser, "drafts", "publish", *drafts, bare)
    was = state_of(make, *drafts, bare)
    page = agree(browser)

    assert asked.status == 200
    assert "Publish 3 posts?" in asked.text
    assert "Untitled : it needs a title and a text first" in asked.text
    assert was == ["draft"] * 4
    assert state_of(make, *drafts, bare) == ["published"] * 3 + ["draft"]
    assert "3 posts are published. One was left as it was. “Untitled”: it needs a title and a text first" in page.text
    assert len(events(make, "post_published")) == 3
    assert everything_agrees(make)
    assert all(visitor.get(f"/posts/{post.slug}").status == 200 for post in drafts)


def test_what_readers_saw_before_returns_to_its_place(make, ines, browser):
    long_ago = datetime(2020, 5, 1, tzinfo=UTC)
    post = make.post("Seen before", author=ines, at=long_ago)
    act(browser, "published", "unpublish", post)
    agree(browser)

    act(browser, "drafts", "publish", post)
    agree(browser)

    assert make.fresh(post).published_at == long_ago


def test_what_nobody_notices_is_done_at_once(make, ines, browser):
    one, two = (make.post(title, author=ines, state="draft") for title in ("One", "Two"))

    page = act(browser, "drafts", "trash", one, two)

    assert page.location == "/write/drafts"
    assert state_of(make, one, two) == ["trashed", "trashed"]
    assert "2 posts are in the trash." in browser.get("/write/trash").text


def test_taking_published_posts_back_asks_first(make, ines, browser, visitor):
    one, two = (make.post(title, author=ines) for title in ("One", "Two"))

    assert "Move 2 posts to the trash?" in act(browser, "published", "trash", one, two).text
    assert state_of(make, one, two) == ["published"] * 2
    agree(browser)

    assert state_of(make, one, two) == ["trashed"] * 2
    assert visitor.get(f"/posts/{one.slug}").status == 404
    assert everything_agrees(make)


def test_a_tag_is_added_and_removed_with_counts_search_and_revisions(make, ines, browser, visitor):
    one = make.post("One", author=ines, tags=["Old"])
    two = make.post("Two", author=ines)

    added = act(browser, "published", "tag", one, two, tag="Fresh bread")
    found = visitor.get("/search?q=fresh").text
    count = make.read(lambda: db.session.scalar(select(Tag.post_count).where(Tag.slug == "fresh-bread")))
    act(browser, "published", "untag", one, two, tag="OLD")
    agree(browser)

    assert added.status == 303
    assert "One" in found
    assert "Two" in found
    assert count == 2
    assert everything_agrees(make)
    assert titles(browser.get("/write/published?tag=fresh-bread")) == ["One", "Two"]
    assert titles(browser.get("/write/published?tag=old")) == []
    kept = make.read(
        lambda: db.session.scalars(select(Revision).where(Revision.post_id == one.id).order_by(Revision.number)).all()
    )
    assert [(revision.tags, revision.kind.value) for revision in kept][-2:] == [
        (["Fresh bread", "Old"], "publish"),
        (["Fresh bread"], "publish"),
    ]
    assert kept[-1].author_id == ines.id


def test_an_editor_that_was_open_keeps_the_tag_that_came_meanwhile(make, ines, browser, app):
    post = make.post("Draft", "Words.", author=ines, state="draft")
    other = Browser(app).sign_in(ines)
    other.get(f"/write/{post.id}")

    act(browser, "drafts", "tag", post, tag="Bread")
    other.submit(f"/write/{post.id}", body="More words.")

    text = make.read(lambda: [tag.name for tag in queries.find_editable(post.id, ines).tags])
    assert (text, make.fresh(post).body) == (["Bread"], "More words.")


def test_a_change_that_waits_is_not_pushed_aside_by_a_tag(make, ines, browser):
    post = make.post("Published", "Old.", author=ines)
    browser.get(f"/write/{post.id}")
    page = browser.page
    fields = {
        "title": "Published",
        "body": "New.",
        "edit_number": page.one("input", name="edit_number").get("value"),
        "csrf_token": page.all("input", name="csrf_token")[0].get("value"),
    }
    assert browser.post(f"/write/{post.id}/autosave", fields).response.json["is_pending"]

    page = act(browser, "published", "tag", post, tag="Bread")

    assert "Nothing can be done" in page.text
    assert "changes that readers do not see yet" in page.text


def test_a_post_has_no_more_tags_than_it_may(make, ines, browser):
    post = make.post("Full", author=ines, state="draft", tags=[f"Tag {number}" for number in range(20)])

    assert "it has 20 tags already" in act(browser, "drafts", "tag", post, tag="One more").text


def test_all_on_the_page_are_meant_without_ticking(make, ines, browser):
    posts = [make.post(f"Draft {number}", author=ines, state="draft") for number in range(3)]

    page = act(browser, "drafts", "trash", all="y", shown=[post.id for post in posts])

    assert page.status == 303
    assert state_of(make, *posts) == ["trashed"] * 3


def test_restoring_and_deleting_for_good(make, ines, browser, visitor):
    back, gone = (make.post(title, author=ines, state="trashed") for title in ("Back", "Gone"))
    act(browser, "trash", "restore", back)

    asked = act(browser, "trash", "delete", gone)
    still_there = make.fresh(gone)
    agree(browser)

    assert make.fresh(back).status == "draft"
    assert "Delete one post for good?" in asked.text
    assert still_there
    assert make.fresh(gone) is None
    assert [event.subject_label for event in events(make, "post_deleted")] == ["Gone"]
    assert everything_agrees(make)


def test_what_is_not_in_the_trash_is_never_deleted(make, ines, browser):
    post = make.post("Alive", author=ines)

    act(browser, "published", "delete", post, agreed="1")

    assert make.fresh(post) is not None


def test_nothing_is_done_if_one_of_them_fails_midway(make, ines, browser, monkeypatch):
    posts = [make.post(f"Draft {number}", author=ines, state="draft") for number in range(3)]
    seen = []

    def fail_at_third(post, **more):
        seen.append(post.id)
        if len(seen) == 3:
            raise RuntimeError("the disk is full")
        operations.publish_post(post, **more)

    monkeypatch.setattr("blog.posts.operations.bulk.publish_post", fail_at_third)
    act(browser, "drafts", "publish", *posts)

    assert agree(browser).status == 500

    assert state_of(make, *posts) == ["draft"] * 3
    assert not events(make, "post_published")


def test_what_changed_since_the_question_is_asked_again(make, ines, browser, app):
    one, two = (make.post(title, author=ines, state="draft") for title in ("One", "Two"))
    act(browser, "drafts", "publish", one, two)
    make.act(lambda: operations.trash_post(db.session.get(Post, two.id), by=db.session.merge(ines), now=clock.now()))

    page = agree(browser)

    assert "Publish one post?" in page.text
    assert "out of it, meanwhile" in page.text
    assert state_of(make, one, two) == ["draft", "trashed"]


def test_posts_that_are_deleted_meanwhile_are_asked_about_again(make, ines, browser, app, monkeypatch):
    one, two = (make.post(title, author=ines, state="trashed") for title in ("One", "Two"))
    act(browser, "trash", "delete", one, two)

    def begin_after_another() -> None:
        """Somebody else was quicker, in the moment before this one's turn."""
        with transaction():
            operations.delete_post(db.session.get(Post, two.id), by=db.session.get(User, ines.id))
        begin_write()

    monkeypatch.setattr(bulk_acts, "begin_write", begin_after_another)
    page = agree(browser)

    assert page.status == 409
    assert "Two" not in page.text


def test_the_way_back_keeps_the_search(make, ines, browser):
    post = make.post("Bread", author=ines, state="draft")
    browser.get("/write/drafts?q=bread&sort=title")

    page = browser.submit("/acts", follow=False, post=[post.id], act="tag", tag="Food")

    assert page.location == "/write/drafts?q=bread&sort=title"


@pytest.mark.parametrize("state", ["drafts", "scheduled", "published", "trash"])
def test_none_chosen_or_no_tag_is_said_and_the_ticks_stay(make, ines, browser, state):
    post = make.post("Mine", author=ines, state={"drafts": "draft", "trash": "trashed"}.get(state, state))

    nobody = act(browser, state, "trash", post=[])
    assert (nobody.status, "Tick some posts first." in nobody.text) == (422, True)

    untyped = act(browser, state, "tag", post, tag=" , ") if state != "trash" else None
    if untyped:
        assert (untyped.status, "type the name of a tag first" in untyped.text) == (422, True)
        assert untyped.one("input", id=f"post-{post.id}").get("checked") is not None


# Attacks.


def test_posts_of_others_are_neither_touched_nor_told(make, ines, browser):
    mine = make.post("Mine", author=ines, state="draft")
    theirs = make.post("Secret of another", state="draft")

    page = act(browser, "drafts", "trash", mine, theirs)
    agree(browser)

    assert "One is not there any more, or not yours." in page.text
    assert "Secret" not in page.text
    assert state_of(make, mine, theirs) == ["trashed", "draft"]


@pytest.mark.parametrize("name", ["publish", "unpublish", "tag", "untag", "trash", "restore", "delete"])
def test_no_act_reaches_the_posts_of_others(make, ines, browser, name):
    theirs = [make.post("A", state="draft"), make.post("B", tags=["Bread"]), make.post("C", state="trashed")]
    make.post("Mine", author=ines, state="draft")
    before = [(post.status, post.edit_number) for post in map(make.fresh, theirs)]

    page = act(browser, "drafts", name, *theirs, tag="Bread", agreed="0")
    act(browser, "drafts", name, *theirs, tag="Bread", agreed="3")

    assert page.status == 200
    assert [(post.status, post.edit_number) for post in map(make.fresh, theirs)] == before


def test_who_only_writes_along_deletes_nothing_for_good(app, make, ines):
    post = make.post("Hers", author=make.user("author"), state="trashed", co_authors=("ines",))

    page = act(Browser(app).sign_in(ines), "trash", "delete", post, agreed="1")

    assert "you may not do this to it" in page.text
    assert make.fresh(post) is not None


@pytest.mark.parametrize(
    "ids",
    [["x"], ["1 OR 1=1"], ["-1"], ["0"], ["1e3"], ["٣"], ["9" * 30], ["2147483648"], ["1", ""], ["1.0"]],
)
def test_what_is_no_id_is_not_found(make, ines, browser, ids):
    post = make.post("Mine", author=ines, state="draft")

    assert act(browser, "drafts", "trash", post=ids).status == 404
    assert state_of(make, post) == ["draft"]


def test_ten_thousand_are_refused_and_a_hundred_done(make, ines, browser):
    posts = [make.post(f"Draft {number}", author=ines, state="draft") for number in range(3)]
    many = [post.id for post in posts] + list(range(1_000_000, 1_009_997))

    refused = act(browser, "drafts", "trash", post=many)

    assert refused.status in (413, 422)
    assert state_of(make, *posts) == ["draft"] * 3
    assert act(browser, "drafts", "trash", post=many[:100]).status == 200
    assert act(browser, "drafts", "trash", post=many[:101]).status == 422


def test_an_unknown_act_is_not_found(make, ines, browser):
    post = make.post("Mine", author=ines, state="draft")

    assert act(browser, "drafts", "explode", post).status == 404
    assert act(browser, "drafts", "", post).status == 404


def test_sent_twice_it_is_done_once(make, ines, browser):
    post = make.post("Mine", author=ines, state="draft")
    act(browser, "drafts", "publish", post)
    agree(browser)
    number = make.fresh(post).edit_number

    again = act(browser, "drafts", "publish", post, agreed="1")

    assert "it is so already" in again.text
    assert make.fresh(post).edit_number == number
    assert len(events(make, "post_published")) == 1


def test_two_ids_of_one_post_are_one(make, ines, browser):
    post = make.post("Mine", author=ines, state="draft")

    act(browser, "drafts", "tag", post=[post.id, post.id], tag="Bread")

    assert len(events(make, "post_updated")) == 1


def test_twenty_posts_cost_no_more_per_post_than_one(make, ines, browser, count_queries):
    one = make.post("One", author=ines, state="draft")
    many = [make.post(f"Many {number}", author=ines, state="draft") for number in range(20)]
    with count_queries() as for_one:
        act(browser, "drafts", "trash", one)
    with count_queries() as for_twenty:
        act(browser, "drafts", "trash", *many)

    assert state_of(make, *many) == ["trashed"] * 20
    assert len(for_twenty) <= len(for_one) + 19 * 8
