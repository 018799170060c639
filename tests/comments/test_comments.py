"""Saying something about a post, answering, editing, deleting; closed comments; the form sent twice."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from blog import clock
from blog.comments import policies
from blog.comments.models import COMMENT_LENGTH, DEEPEST, EDIT_WINDOW, Comment
from blog.comments.threads import COMMENTS_PER_PAGE
from blog.db import db
from tests.browser_like import Browser
from tests.together import send_at_once

OLD = EDIT_WINDOW + timedelta(seconds=1)


@pytest.fixture
def ines(make):
    """The author of the post."""
    return make.user("author", username="ines", display_name="Ines Calloway")


@pytest.fixture
def post(make, ines):
    return make.post("Leave the door on its hinges", author=ines)


@pytest.fixture
def harriet(make):
    return make.user(username="harriet", display_name="Harriet Lund")


@pytest.fixture
def reader(app, harriet):
    """Her browser."""
    return Browser(app).sign_in(harriet)


def address(post):
    return f"/posts/{post.slug}"


def comments(make):
    return make.read(lambda: db.session.scalars(select(Comment).order_by(Comment.path)).all())


def articles(page):
    """The comments on a page: id, depth, words."""
    found = []

    def walk(element, depth):
        for child in element:
            name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
            if name == "article" and "comment" in (child.get("class") or "").split():
                found.append((child.get("id"), depth, " ".join("".join(child.itertext()).split())))
            walk(child, depth + (name == "ol" and "comments" in (child.get("class") or "").split()))

    walk(page.one("section", id="comments"), -1)
    return found


def token(browser):
    return browser.page.all("input", name="csrf_token")[0].get("value")


def write(browser, post, body, **fields):
    browser.get(address(post))
    return browser.submit(f"{address(post)}/comments", body=body, **fields)


def answer(browser, post, comment, body):
    browser.get(f"{address(post)}?reply_to={comment.id}")
    return browser.submit(f"{address(post)}/comments", body=body)


# Writing


def test_a_reader_comments_and_stands_at_the_comment(reader, post, make, harriet, visitor):
    page = write(reader, post, "Well *said*.\r\n\r\nIndeed.")

    comment = comments(make)[0]
    assert page.url == f"{address(post)}#comment-{comment.id}"
    assert (comment.body, comment.author_id, comment.parent_id) == ("Well *said*.\n\nIndeed.", harriet.id, None)
    shown = visitor.get(address(post))
    assert "<em>said</em>" in shown.html
    assert "Harriet Lund" in shown.text
    assert "1 comment" in shown.text
    assert make.fresh(post).comment_count == 1


def test_answers_stand_below_what_they_answer_in_reading_order(reader, app, post, make, ines, visitor):
    write(reader, post, "First.")
    write(reader, post, "Second.")
    author = Browser(app).sign_in(ines)
    first, second = comments(make)

    answer(author, post, first, "To the first.")
    answer(reader, post, comments(make)[1], "To the answer.")
    answer(author, post, second, "To the second.")

    order = [(depth, words) for _, depth, words in articles(visitor.get(address(post)))]
    assert [depth for depth, _ in order] == [0, 1, 2, 0, 1]
    for (_, words), said in zip(
        order, ["First.", "To the first.", "To the answer.", "Second.", "To the second."], strict=True
    ):
        assert said in words


def test_the_posts_author_is_marked(app, post, ines, visitor):
    write(Browser(app).sign_in(ines), post, "My own words.")

    assert "Author" in articles(visitor.get(address(post)))[0][2]


def test_a_thread_goes_no_deeper_than_its_last_level(post, make, visitor):
    comment = None
    for number in range(DEEPEST + 3):
        comment = make.comment(post, f"Level {number}", parent=comment)

    depths = [depth for _, depth, _ in articles(visitor.get(address(post)))]
    assert depths == [*range(DEEPEST), *[DEEPEST - 1] * 3]


def test_the_form_says_whom_it_answers(reader, post, make, ines):
    comment = make.comment(post, "A question?", author=ines)

    page = reader.get(f"{address(post)}?reply_to={comment.id}")

    form = " ".join("".join(page.one("form", id="comment-form").itertext()).split())
    assert "Reply to Ines Calloway" in form
    assert "A question?" in form


@pytest.mark.parametrize("reply_to", ["999", "x", "-1", str(10**20), ""])
def test_an_answer_to_nothing_is_a_comment_of_its_own(reader, post, make, reply_to):
    reader.get(f"{address(post)}?reply_to={reply_to}")

    reader.submit(f"{address(post)}/comments", body="Hello.")

    assert comments(make)[0].parent_id is None


def test_a_visitor_is_asked_to_sign_in_and_comes_back(visitor, post):
    page = visitor.get(address(post))
    invitation = [link for link in page.links() if link.startswith("/login")]

    sent = visitor.post(f"{address(post)}/comments", {"body": "Hello,\nsaid somebody who is not signed in."})

    assert any(f"next={address(post)}" in link for link in invitation)
    assert not page.all("form", id="comment-form")
    assert sent.status == 403
    assert "said somebody who is not signed in" in sent.text


@pytest.mark.parametrize(
    ("body", "said"),
    [("", "Write something first"), (" \n ", "Write something first"), ("x" * 10_001, "at most 10000")],
)
def test_a_refused_comment_says_why_and_keeps_its_text(reader, post, make, body, said):
    assert COMMENT_LENGTH == 10_000

    page = write(reader, post, body)

    assert page.status == 422
    assert said in page.errors()
    assert "".join(page.one("textarea", id="body").itertext()) == body
    assert comments(make) == []


@pytest.mark.parametrize("state", ["draft", "scheduled", "trashed"])
def test_what_readers_do_not_see_takes_no_comments(reader, make, ines, state):
    hidden = make.post("Hidden", author=ines, state=state)
    reader.get("/account/")

    page = reader.post("/posts/hidden/comments", {"csrf_token": token(reader), "body": "Hello."})

    assert page.status == 404
    assert make.fresh(hidden).comment_count == 0


@pytest.mark.parametrize(
    "payload",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](data:text/html,<script>alert(1)</script>)",
        "<style>*{display:none}</style>",
        "![x](https://tracker.example/pixel.png)",
        '<form action="/logout"><button>Win</button></form>',
    ],
)
def test_markup_that_harms_is_text_or_gone(reader, post, visitor, payload):
    write(reader, post, f"Before {payload} after")

    page = visitor.get(address(post))
    text = page.one("section", id="comments")
    harmful = [
        element
        for element in text.iter()
        if isinstance(element.tag, str)
        and (
            element.tag.rpartition("}")[2] in ("script", "style", "form", "iframe")
            or (element.tag.endswith("}img") and "tracker" in (element.get("src") or ""))
            or any(name.startswith("on") for name in element.attrib)
            or (element.get("href") or "").lower().startswith(("javascript:", "data:"))
        )
    ]
    assert harmful == []
    assert "after" in articles(page)[0][2]


def test_links_in_comments_are_not_vouched_for(reader, post, visitor):
    write(reader, post, "See https://example.org/page")

    link = next(link for link in visitor.get(address(post)).all("a") if "example.org" in (link.get("href") or ""))
    assert {"nofollow", "ugc"} <= set((link.get("rel") or "").split())


# Closed


@pytest.mark.parametrize("closed", ["post", "site"])
def test_closed_comments_take_none_and_keep_those_that_are_there(app, make, ines, harriet, closed, visitor):
    post = make.post("Quiet", author=ines)
    make.comment(post, "From before.")
    reader = Browser(app).sign_in(harriet)
    form = reader.get(address(post))
    if closed == "site":
        make.settings(comments_open=False)
    else:
        make.act(lambda: setattr(db.session.get(type(post), post.id), "comments_closed", True))
    reader.page = form

    refused = reader.submit(f"{address(post)}/comments", body="Too late to say.")

    assert refused.status == 422
    assert "closed meanwhile" in refused.errors()
    assert "Too late to say." in refused.text
    page = visitor.get(address(post))
    assert "From before." in page.text
    assert "Comments are closed" in page.text
    assert not reader.get(address(post)).all("form", id="comment-form")
    assert len(comments(make)) == 1


def test_a_post_that_never_had_comments_and_is_closed_shows_no_thread(make, ines, visitor):
    post = make.post("Silent", author=ines, comments_closed=True)

    assert not visitor.get(address(post)).all("section", id="comments")


# Sent twice


def test_a_form_that_is_sent_twice_makes_one_comment(reader, post, make):
    form = reader.get(address(post))
    first = reader.submit(f"{address(post)}/comments", body="Once.")
    reader.page = form

    second = reader.submit(f"{address(post)}/comments", body="Once.")

    assert second.url == first.url
    assert len(comments(make)) == 1
    assert make.fresh(post).comment_count == 1


def test_a_form_that_is_sent_twice_at_the_same_moment_makes_one_comment(app, reader, post, make):
    reader.get(address(post))
    key = reader.page.all("input", name="creation_key")[0].get("value")
    data = {"csrf_token": token(reader), "creation_key": key, "body": "Once."}

    answers = send_at_once(app, [(reader, f"{address(post)}/comments", data)] * 4)

    assert answers == [303] * 4
    assert len(comments(make)) == 1
    assert make.fresh(post).comment_count == 1


def test_going_back_and_writing_something_else_asks_before_it_makes_a_second_comment(reader, post, make):
    form = reader.get(address(post))
    reader.submit(f"{address(post)}/comments", body="First thought.")
    reader.page = form

    asked = reader.submit(f"{address(post)}/comments", body="Second thought.")
    sent = reader.submit(f"{address(post)}/comments")

    assert asked.status == 422
    assert "sent a comment from this page already" in asked.errors()
    assert sent.status == 200
    assert [comment.body for comment in comments(make)] == ["First thought.", "Second thought."]


def test_another_persons_form_is_not_theirs_to_send(app, reader, post, make):
    reader.get(address(post))
    key = reader.page.all("input", name="creation_key")[0].get("value")
    reader.submit(f"{address(post)}/comments", body="Mine.")
    other = Browser(app).sign_in(make.user())

    page = write(other, post, "Mine.", creation_key=key)

    assert page.status == 403
    assert len(comments(make)) == 1


# Answering what is gone


@pytest.mark.parametrize("gone", ["deleted", "hidden", "elsewhere", "never there"])
def test_an_answer_to_what_is_gone_keeps_its_text_and_can_stand_alone(reader, post, make, ines, gone):
    comment = make.comment(make.post() if gone == "elsewhere" else post, author=ines)
    reader.get(address(post) if gone == "elsewhere" else f"{address(post)}?reply_to={comment.id}")
    if gone in ("deleted", "hidden"):
        make.act(lambda: setattr(db.session.get(Comment, comment.id), f"{gone}_at", clock.now()))
    parent = "999" if gone == "never there" else comment.id
    form = {
        "csrf_token": token(reader),
        "creation_key": reader.page.all("input", name="creation_key")[0].get("value"),
        "body": "My answer.",
        "parent_id": parent,
    }

    refused = reader.post(f"{address(post)}/comments", form)
    sent = reader.submit(f"{address(post)}/comments")

    assert refused.status == 422
    assert "My answer." in refused.text
    assert sent.status == 200
    assert [c.parent_id for c in comments(make) if c.body == "My answer."] == [None]


# Editing


def test_a_reader_edits_what_they_said(reader, post, make, visitor):
    write(reader, post, "Teh first.")
    comment = comments(make)[0]
    reader.get(f"/comments/{comment.id}/edit")

    page = reader.submit("/edit", body="The *first*.")

    assert page.url.endswith(f"#comment-{comment.id}")
    shown = visitor.get(address(post))
    assert "<em>first</em>" in shown.html
    assert "Teh" not in shown.text
    assert "edited" in articles(shown)[0][2]


def test_after_a_quarter_of_an_hour_a_comment_stays_as_it_is_and_the_text_can_be_copied(reader, post, make, harriet):
    comment = make.comment(post, "Before.", author=harriet)
    reader.get(f"/comments/{comment.id}/edit")
    make.act(lambda: setattr(db.session.get(Comment, comment.id), "created_at", clock.now() - OLD))

    page = reader.submit("/edit", body="A long afterthought.")

    assert page.status == 409
    assert "quarter of an hour" in page.text
    assert "A long afterthought." in page.text
    assert make.fresh(comment).body == "Before."
    assert f"/comments/{comment.id}/edit" not in reader.get(address(post)).links()


def test_the_last_second_of_the_quarter_hour_counts(make, post):
    writer = make.user()
    comment = make.comment(post, author=writer)
    over = comment.created_at + EDIT_WINDOW

    assert policies.can_edit(writer, comment, over)
    assert not policies.can_edit(writer, comment, over + timedelta(microseconds=1))


@pytest.mark.parametrize("body", ["", "x" * 10_001])
def test_a_refused_edit_keeps_its_text_and_changes_nothing(reader, post, make, harriet, body):
    comment = make.comment(post, "Before.", author=harriet)
    reader.get(f"/comments/{comment.id}/edit")

    page = reader.submit("/edit", body=body)

    assert page.status == 422
    assert "".join(page.one("textarea", id="body").itertext()) == body
    assert make.fresh(comment).body == "Before."


@pytest.mark.parametrize("who", ["another reader", "the post's author", "an admin"])
def test_nobody_edits_or_deletes_anothers_comment(app, post, make, ines, harriet, who):
    comment = make.comment(post, "Hers.", author=harriet)
    user = {"another reader": make.user, "the post's author": lambda: ines, "an admin": lambda: make.user("admin")}[
        who
    ]()
    browser = Browser(app).sign_in(user)
    browser.get(address(post))
    form = {"csrf_token": token(browser), "body": "Mine."}

    statuses = [
        browser.get(f"/comments/{comment.id}/edit").status,
        browser.post(f"/comments/{comment.id}/edit", form).status,
        browser.post(f"/comments/{comment.id}/deletion", form).status,
    ]

    assert statuses == [404] * 3
    assert (make.fresh(comment).body, make.fresh(comment).deleted_at) == ("Hers.", None)


# Deleting


def test_a_deleted_comment_with_answers_keeps_its_place_and_loses_its_words(reader, post, make, harriet, visitor):
    comment = make.comment(post, "Secret words.", author=harriet)
    make.comment(post, "An answer.", parent=comment)
    reader.get(address(post))

    page = reader.submit(f"/comments/{comment.id}/deletion")

    assert "Your comment is deleted" in page.text
    shown = visitor.get(address(post))
    (first, _, gone), (_, depth, words) = articles(shown)
    assert first == f"comment-{comment.id}"
    assert "Deleted comment" in gone
    assert "Harriet" not in gone
    assert (depth, "An answer." in words) == (1, True)
    assert "Secret words." not in shown.html
    assert make.fresh(comment).body == ""
    assert make.fresh(post).comment_count == 1


def test_a_deleted_comment_without_answers_is_gone(reader, post, make, harriet, visitor):
    comment = make.comment(post, "Secret words.", author=harriet)
    reader.get(address(post))

    reader.submit(f"/comments/{comment.id}/deletion")

    assert f"comment-{comment.id}" not in visitor.get(address(post)).html
    assert make.fresh(post).comment_count == 0


def test_deleting_twice_deletes_once(reader, post, make, harriet):
    comment = make.comment(post, author=harriet)
    form = reader.get(address(post))
    reader.submit(f"/comments/{comment.id}/deletion")
    reader.page = form

    page = reader.submit(f"/comments/{comment.id}/deletion")

    assert page.status == 200
    assert make.fresh(post).comment_count == 0


@pytest.mark.parametrize("act", ["", "/edit"])
def test_a_comment_that_is_not_there_is_not_found(reader, act):
    for comment_id in ("999", str(10**20)):
        assert reader.get(f"/comments/{comment_id}{act}").status == 404


def test_comments_of_a_post_that_was_taken_back_are_out_of_reach(reader, post, make, harriet, ines):
    comment = make.comment(post, author=harriet)
    reader.get(address(post))
    csrf = token(reader)
    make.act(lambda: db.session.get(type(post), post.id).unpublish())

    assert reader.get(f"/comments/{comment.id}").status == 404
    assert reader.get(f"/comments/{comment.id}/edit").status == 404
    assert reader.post(f"/comments/{comment.id}/deletion", {"csrf_token": csrf}).status == 404


# Hiding


@pytest.mark.parametrize("who", ["author", "editor", "admin"])
def test_a_comment_is_hidden_and_shown_again(app, post, make, ines, who, visitor):
    comment = make.comment(post, "Rude words.")
    moderator = Browser(app).sign_in(ines if who == "author" else make.user(who))
    moderator.get(address(post))

    hidden = moderator.submit(f"/comments/{comment.id}/hiding")
    unseen = visitor.get(address(post)).html
    count = make.fresh(post).comment_count
    moderator.submit(f"/comments/{comment.id}/hiding/deletion")

    assert "Readers do not see this comment" in hidden.text
    assert "Rude words." not in unseen
    assert count == 0
    assert "Rude words." in visitor.get(address(post)).text
    assert make.fresh(post).comment_count == 1


def test_a_hidden_comment_with_answers_keeps_its_place(app, post, make, ines, visitor):
    comment = make.comment(post, "Rude words.")
    make.comment(post, "An answer.", parent=comment)
    moderator = Browser(app).sign_in(ines)
    moderator.get(address(post))

    moderator.submit(f"/comments/{comment.id}/hiding")

    shown = visitor.get(address(post))
    assert "Hidden comment" in articles(shown)[0][2]
    assert "An answer." in articles(shown)[1][2]
    assert "Rude words." not in shown.html


@pytest.mark.parametrize("who", ["a reader", "its writer", "another author"])
def test_others_may_not_hide_a_comment(app, post, make, harriet, who):
    comment = make.comment(post, "Stays.", author=harriet)
    user = {"a reader": make.user, "its writer": lambda: harriet, "another author": lambda: make.user("author")}[who]()
    browser = Browser(app).sign_in(user)
    browser.get(address(post))
    csrf = {"csrf_token": token(browser)}

    assert browser.post(f"/comments/{comment.id}/hiding", csrf).status == 403
    assert browser.post(f"/comments/{comment.id}/hiding/deletion", csrf).status == 403
    assert make.fresh(comment).hidden_at is None


@pytest.mark.parametrize("act", ["hiding", "hiding/deletion"])
def test_hiding_and_showing_twice_counts_once(app, post, make, ines, act):
    comment = make.comment(post)
    moderator = Browser(app).sign_in(ines)
    moderator.get(address(post))
    csrf = {"csrf_token": token(moderator)}
    if act == "hiding/deletion":
        moderator.post(f"/comments/{comment.id}/hiding", csrf)

    for _ in range(2):
        assert moderator.post(f"/comments/{comment.id}/{act}", csrf).status == 303

    assert make.fresh(post).comment_count == (0 if act == "hiding" else 1)


def test_hiding_twice_at_the_same_moment_counts_once(app, post, make, ines):
    comment = make.comment(post)
    make.comment(post, "Another one.")
    moderator = Browser(app).sign_in(ines)
    moderator.get(address(post))

    send_at_once(app, [(moderator, f"/comments/{comment.id}/hiding", {"csrf_token": token(moderator)})] * 4)

    assert make.fresh(post).comment_count == 1


def test_a_hidden_comment_that_its_writer_deletes_stays_gone(app, post, make, ines):
    comment = make.comment(post, "Mine.", author=ines)
    author = Browser(app).sign_in(ines)
    author.get(address(post))
    author.submit(f"/comments/{comment.id}/hiding")

    page = author.submit(f"/comments/{comment.id}/deletion")

    assert page.status == 200
    assert make.fresh(comment).body == ""
    assert make.fresh(post).comment_count == 0


# Long threads


def test_a_long_thread_goes_on_page_by_page_and_a_comment_is_found_on_its_own(post, make, visitor):
    many = COMMENTS_PER_PAGE + 5
    made = [make.comment(post, f"Number {number}.") for number in range(many)]

    first = visitor.get(address(post))
    second = visitor.get(next(link for link in first.links() if "after=" in link))
    found = visitor.get(f"/comments/{made[-1].id}", follow=True)

    assert len(articles(first)) == COMMENTS_PER_PAGE
    assert len(articles(second)) == 5
    assert f"comment-{made[-1].id}" in found.html


def test_the_thread_asks_as_much_for_twenty_comments_as_for_one(app, post, make, reader, count_queries):
    make.comment(post)
    with count_queries() as for_one:
        reader.get(address(post))

    parent = make.comment(post)
    for _ in range(9):
        make.comment(post, parent=parent)
        make.comment(post)
    with count_queries() as for_twenty:
        page = reader.get(address(post))

    assert len(articles(page)) == 20
    assert len(for_twenty) == len(for_one)


def test_the_comments_of_an_account_that_is_gone_stay_without_its_name(post, make, harriet, visitor):
    make.comment(post, "Still here.", author=harriet)
    make.act(lambda: db.session.delete(db.session.get(type(harriet), harriet.id)))

    shown = articles(visitor.get(address(post)))

    assert "Still here." in shown[0][2]
    assert "Harriet" not in shown[0][2]


def test_no_comment_is_counted_that_is_not_there(make, post):
    assert make.read(lambda: db.session.scalar(select(func.count()).select_from(Comment))) == 0
    assert make.fresh(post).comment_count == 0
