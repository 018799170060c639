"""What came for those who write: the list, the count beside Comments, hiding from there."""

from datetime import timedelta

import pytest

from blog import clock
from blog.db import db
from tests.browser_like import Browser


@pytest.fixture
def ines(make):
    return make.user("author", username="ines", comments_seen_at=clock.now() - timedelta(days=1))


@pytest.fixture
def post(make, ines):
    return make.post("Leave the door on its hinges", author=ines)


def received(page):
    return [" ".join("".join(article.itertext()).split()) for article in page.all("article", class_="comment")]


def new_count(page):
    """The count in the masthead, as readers of the screen hear it."""
    counts = [" ".join("".join(one.itertext()).split()) for one in page.all("span", class_="due")]
    return counts[0] if counts else None


def test_an_author_sees_what_came_for_their_posts_newest_first(app, make, ines, post):
    make.comment(post, "The first.")
    make.comment(post, "The second.")
    make.comment(make.post(), "For somebody else.")
    make.comment(post, "My own.", author=ines)

    page = Browser(app).sign_in(ines).get("/write/comments")

    shown = received(page)
    assert len(shown) == 2
    assert "The second." in shown[0]
    assert "The first." in shown[1]
    assert "Leave the door on its hinges" in shown[0]


def test_an_editor_sees_what_came_for_everybody(app, make, post):
    make.comment(post, "For Ines.")
    make.comment(make.post(), "For somebody else.")

    page = Browser(app).sign_in(make.user("editor")).get("/write/comments")

    assert len(received(page)) == 2


def test_readers_have_no_such_page(app, make, visitor):
    reader = Browser(app).sign_in(make.user())

    assert reader.get("/write/comments").status == 403
    assert visitor.get("/write/comments").location.startswith("/login")


def test_nothing_received_says_so(app, ines):
    page = Browser(app).sign_in(ines).get("/write/comments")

    assert "No comments yet" in page.text
    assert new_count(page) is None


def test_new_comments_are_counted_on_every_page_until_they_are_seen(app, make, ines, post):
    for _ in range(3):
        make.comment(post)
    author = Browser(app).sign_in(ines)

    before = new_count(author.get("/"))
    marked = author.get("/write/comments")
    after = author.submit("/write/comments/seen")

    assert before == "3 new comments"
    assert [shown.count("New") for shown in received(marked)] == [1, 1, 1]
    assert new_count(after) is None
    assert [shown.count("New") for shown in received(after)] == [0, 0, 0]


def test_a_comment_that_came_after_the_page_was_opened_stays_new(app, make, ines, post):
    make.comment(post, "Seen.")
    author = Browser(app).sign_in(ines)
    author.get("/write/comments")
    make.comment(post, "Not seen.")

    page = author.submit("/write/comments/seen")

    assert new_count(page) == "1 new comment"
    assert ["New" in shown for shown in received(page)] == [True, False]


def test_a_page_that_stood_open_for_long_makes_nothing_new_again(app, make, ines, post):
    make.comment(post, "Old.")
    author = Browser(app).sign_in(ines)
    old = author.get("/write/comments")
    make.comment(post, "Newer.")
    author.get("/write/comments")
    author.submit("/write/comments/seen")
    author.page = old

    page = author.submit("/write/comments/seen")

    assert new_count(page) is None


@pytest.mark.parametrize("until", ["", "x", "99999999999999999-1", None])
def test_a_mark_that_is_none_means_now(app, make, ines, post, until):
    make.comment(post)
    author = Browser(app).sign_in(ines)
    author.get("/write/comments")

    page = author.submit("/write/comments/seen", until=until)

    assert new_count(page) is None
    assert make.fresh(ines).comments_seen_at <= clock.now()


def test_hiding_from_the_list_comes_back_to_the_same_place(app, make, ines, post):
    comments = [make.comment(post, f"Number {number}.") for number in range(35)]
    author = Browser(app).sign_in(ines)
    first = author.get("/write/comments")
    author.get(first.one("a", rel="next").get("href"))

    page = author.submit(f"/comments/{comments[2].id}/hiding", follow=False)

    assert page.status == 303
    assert page.location.startswith("/write/comments?before=")
    assert page.response.headers["Location"].endswith(f"#comment-{comments[2].id}")
    assert "Readers do not see this comment" in author.get(page.location).text


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"])
def test_hiding_never_leads_away_from_the_site(app, make, ines, post, elsewhere):
    comment = make.comment(post)
    author = Browser(app).sign_in(ines)
    author.get("/write/comments")

    page = author.submit(f"/comments/{comment.id}/hiding", follow=False, next=elsewhere)

    assert page.location == f"/comments/{comment.id}"
    assert "evil" not in page.response.headers["Location"]


def test_deleted_comments_and_those_of_posts_in_the_trash_are_not_listed(app, make, ines, post):
    make.comment(post, "Deleted.", deleted_at=clock.now())
    trashed = make.post("Trashed", author=ines)
    make.comment(trashed, "In the trash.")
    make.act(lambda: db.session.get(type(post), trashed.id).trash(clock.now()))
    author = Browser(app).sign_in(ines)

    page = author.get("/write/comments")

    assert received(page) == []
    assert new_count(page) is None


def test_comments_of_a_post_that_was_taken_back_are_listed_without_acts(app, make, ines, post):
    comment = make.comment(post, "From before.")
    make.act(lambda: db.session.get(type(post), post.id).unpublish())

    page = Browser(app).sign_in(ines).get("/write/comments")

    assert "From before." in received(page)[0]
    assert f"/comments/{comment.id}" not in page.links()
    assert not [form for form in page.all("form") if "hiding" in (form.get("action") or "")]


def test_the_list_asks_as_much_for_twenty_comments_as_for_one(app, make, ines, post, count_queries):
    author = Browser(app).sign_in(ines)
    make.comment(post)
    with count_queries() as for_one:
        author.get("/write/comments")

    for _ in range(19):
        make.comment(make.post(author=ines))
    with count_queries() as for_twenty:
        page = author.get("/write/comments")

    assert len(received(page)) == 20
    assert len(for_twenty) == len(for_one) <= 5
