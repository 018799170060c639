"""Who reads a published post: everybody, whoever has its address, or those who may edit it."""

from datetime import timedelta

import pytest

from blog import clock
from blog.auth.models import User
from blog.db import db
from blog.posts import operations
from blog.posts.counts import due, wrong_counts
from blog.posts.models import Post, Tag, Visibility
from blog.posts.renewal import render_posts
from tests.browser_like import Browser


@pytest.fixture
def ines(make):
    return make.user("author", username="ines")


@pytest.fixture
def author(app, ines):
    """Her browser."""
    return Browser(app).sign_in(ines)


@pytest.fixture
def editor(app, make):
    return Browser(app).sign_in(make.user("editor"))


@pytest.fixture
def reader(app, make):
    return Browser(app).sign_in(make.user())


def let_read(make, post, visibility):
    """The author chooses other readers."""
    make.act(
        lambda: operations.change_visibility(
            db.session.get(Post, post.id),
            Visibility(visibility),
            by=db.session.get(User, post.author_id),
            now=clock.now(),
        )
    )


def update(author, post, **fields):
    author.get(f"/write/{post.id}")
    return author.submit(f"/write/{post.id}", **fields)


def robots(page):
    return page.response.headers.get("X-Robots-Tag"), [one.get("content") for one in page.all("meta", name="robots")]


# Who reads it


def test_an_unlisted_post_is_read_at_its_address_and_kept_by_no_search_engine(make, ines, visitor):
    make.post("Quiet", "Between us.", author=ines, visibility="unlisted", tags=["Rare"])

    page, source = visitor.get("/posts/quiet"), visitor.get("/posts/quiet.md")

    assert (page.status, robots(page)) == (200, ("noindex", ["noindex"]))
    assert "Between us." in page.text
    assert (source.status, source.response.headers["X-Robots-Tag"]) == (200, "noindex")
    assert "/tags/rare" not in page.html, "where readers find nothing"


def test_a_public_post_is_everybodys_to_index(make, visitor):
    make.post("Loud")

    assert robots(visitor.get("/posts/loud")) == (None, [])
    assert "X-Robots-Tag" not in visitor.get("/posts/loud.md").response.headers


def test_beside_an_unlisted_post_stands_no_other_and_it_beside_none(make, ines, visitor):
    now = clock.now()
    make.post("First", author=ines, at=now - timedelta(days=3))
    make.post("Quiet", author=ines, at=now - timedelta(days=2), visibility="unlisted")
    make.post("Last", author=ines, at=now - timedelta(days=1))

    first, quiet = visitor.get("/posts/first").html, visitor.get("/posts/quiet").html

    assert "/posts/last" in first
    assert "/posts/quiet" not in first
    assert "/posts/first" not in quiet
    assert "/posts/last" not in quiet


def test_a_private_post_is_read_by_its_author_and_editors_alone(app, make, ines, author, editor, reader, visitor):
    make.post("Ours", "Between us.", author=ines, visibility="private")
    another = Browser(app).sign_in(make.user("author"))

    for path in ("/posts/ours", "/posts/ours.md"):
        assert [one.get(path).status for one in (author, editor)] == [200, 200]
        assert [one.get(path).status for one in (visitor, reader, another)] == [404, 404, 404]
    assert robots(author.get("/posts/ours")) == ("noindex", ["noindex"])
    assert "Private" in author.get("/posts/ours").text


def test_an_author_who_became_a_reader_reads_their_private_post_no_more(make, ines, author):
    make.post("Mine", author=ines, visibility="private")

    make.act(lambda: setattr(db.session.get(User, ines.id), "role", "reader"))

    assert author.get("/posts/mine").status == 404


def test_a_scheduled_post_of_any_kind_is_read_by_nobody_before_its_hour(make, ines, visitor, author):
    make.act(lambda: setattr(db.session.get(User, ines.id), "role", "editor"))
    for visibility in Visibility:
        make.post(f"The {visibility}", author=ines, state="scheduled", visibility=visibility)

    assert {one.get(f"/posts/the-{kind}").status for one in (visitor, author) for kind in Visibility} == {404}


def test_an_old_address_leads_to_an_unlisted_post_and_to_a_private_one_only_who_reads_it(make, ines, author, visitor):
    post = make.post("Once", author=ines, visibility="unlisted")
    update(author, post, slug="now")

    page = visitor.get("/posts/once")
    assert (page.status, page.location) == (301, "/posts/now")

    let_read(make, post, "private")
    assert visitor.get("/posts/once").status == 404
    assert author.get("/posts/once").location == "/posts/now"


# Comments


def test_readers_comment_on_an_unlisted_post_and_find_what_they_said(make, ines, reader):
    make.post("Quiet", author=ines, visibility="unlisted")
    reader.get("/posts/quiet")

    page = reader.submit("/posts/quiet/comments", body="I was told of it.")

    assert page.url.startswith("/posts/quiet")
    assert "I was told of it." in page.text


def test_the_address_of_an_unlisted_post_is_not_found_by_counting_up_comments(make, ines, reader, visitor, author):
    post = make.post("Quiet", author=ines, visibility="unlisted")
    comment = make.comment(post)

    answers = [browser.get(f"/comments/{comment.id}") for browser in (visitor, reader, author)]

    assert [page.status for page in answers] == [404, 404, 303]


def test_who_reads_a_private_post_comments_on_it_and_nobody_else(make, ines, editor, reader):
    make.post("Ours", author=ines, visibility="private")
    editor.get("/posts/ours")
    reader.get("/posts/")

    page = editor.submit("/posts/ours/comments", body="Good.")

    assert "Good." in page.text
    assert reader.post("/posts/ours/comments", {"body": "Hello?"}).status in (403, 404)


def test_what_was_said_before_a_post_became_private_is_found_by_its_writer_no_more(app, make, ines):
    post, rosa = make.post("Open", author=ines), make.user(username="rosa")
    comment = make.comment(post, "Well said.", author=rosa)
    browser = Browser(app).sign_in(rosa)

    let_read(make, post, "private")

    assert browser.get(f"/comments/{comment.id}").status == 404
    assert browser.get(f"/comments/{comment.id}/edit").status == 404


# Links


def test_a_link_to_a_post_that_no_list_has_is_plain_words_and_comes_back(make, ines, visitor):
    post = make.post("Target", author=ines)
    source = make.post("Source", "See [[Target]].", author=ines)
    make.read(lambda: list(render_posts([source.id])))

    seen = []
    for visibility in ("private", "unlisted", "public"):
        let_read(make, post, visibility)
        make.read(lambda: list(render_posts([source.id])))
        seen.append('href="/posts/target"' in visitor.get("/posts/source").html)

    assert seen == [False, False, True]


# Counts


@pytest.mark.parametrize("before", Visibility)
@pytest.mark.parametrize("after", Visibility)
def test_counts_are_right_after_every_change(make, before, after):
    ines = make.user("editor")
    post = make.post("One", author=ines, tags=["Bread"], visibility=before)

    let_read(make, post, after)

    expected = int(after == "public")
    assert make.fresh(ines).post_count == expected
    assert make.read(lambda: db.session.query(Tag).one().post_count) == expected
    assert make.read(lambda: (wrong_counts(clock.now()), due(clock.now()).authors.total())) == ([], 0)
    assert make.fresh(post).is_counted is bool(expected)


def test_a_count_of_what_is_not_public_is_found_wrong(make, ines):
    post = make.post("One", author=ines)

    make.act(lambda: setattr(db.session.get(Post, post.id), "visibility", Visibility.UNLISTED))

    assert [count.of for count in make.read(lambda: wrong_counts(clock.now()))] == ["unpublished post one"]


# The editor


def test_a_published_post_gets_other_readers_with_update(make, ines, author, visitor):
    post = make.post("One", author=ines)

    page = update(author, post, visibility="private")

    assert visitor.get("/posts/one").status == 404
    assert page.one("input", name="visibility", value="private").get("checked") is not None
    assert "Private" in author.get("/write/published").text


@pytest.mark.parametrize(("visibility", "said"), [("unlisted", "in no list"), ("private", "those who may edit it")])
def test_a_new_post_is_published_for_those_who_were_chosen(author, visitor, visibility, said):
    author.get("/write/new")

    page = author.submit("/write/new", via="/write/new/publication", title="One", body="Here.", visibility=visibility)

    assert said in page.text
    assert "One" not in visitor.get("/").text


def test_a_draft_keeps_the_choice(make, author):
    author.get("/write/new")
    author.submit("/write/new", title="One", visibility="unlisted")

    assert make.read(lambda: db.session.query(Post).one().visibility) is Visibility.UNLISTED


def test_what_is_no_choice_is_refused(make, ines, author):
    post = make.post("One", author=ines)

    page = update(author, post, visibility="everybody", title="Another")

    assert page.status == 422
    assert make.fresh(post).title == "One"


def test_a_form_that_does_not_say_leaves_the_readers(make, ines, author):
    post = make.post("One", author=ines, visibility="private")
    token = author.get(f"/write/{post.id}").all("input", name="csrf_token")[0].get("value")

    author.post(f"/write/{post.id}", {"csrf_token": token, "title": "Another", "body": "Here.", "edit_number": "2"})

    assert (make.fresh(post).title, make.fresh(post).visibility) == ("Another", "private")


def autosave(author, post, **fields):
    author.get(f"/write/{post.id}")
    return author.submit(f"/write/{post.id}", via=f"/write/{post.id}/autosave", follow=False, **fields)


@pytest.mark.parametrize("before", ["public", "private"])
@pytest.mark.parametrize("state", ["published", "scheduled"])
def test_saving_by_itself_gives_a_published_post_no_other_readers(make, ines, author, state, before):
    post = make.post("One", author=ines, visibility=before, state=state)
    other = {"public": "private", "private": "public"}[before]

    said = autosave(author, post, visibility=other, body="More.")

    assert said.response.get_json()["state"] == "saved"
    assert make.fresh(post).visibility == before


def test_saving_by_itself_keeps_the_choice_of_a_draft(make, ines, author):
    post = make.post("One", author=ines, state="draft")

    autosave(author, post, visibility="private")

    assert make.fresh(post).visibility == "private"


# Two people


@pytest.mark.parametrize(
    ("before", "theirs", "mine", "after"),
    [
        ("public", "private", "public", "private"),
        ("private", "public", "private", "public"),
        ("public", "public", "private", "private"),
        ("private", "private", "public", "private"),
    ],
    ids=["what another hid stays hidden", "what another showed stays", "hiding does not wait", "showing waits"],
)
def test_of_two_who_save_the_one_who_chose_is_heard(make, ines, author, editor, before, theirs, mine, after):
    post = make.post("One", "Some words.\n\nAnd more.", author=ines, visibility=before)
    author.get(f"/write/{post.id}")
    update(editor, post, body="Other words.\n\nAnd more.", visibility=theirs)

    author.submit(f"/write/{post.id}", body="Some words.\n\nAnd much more.", visibility=mine)

    assert make.fresh(post).visibility == after
