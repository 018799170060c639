"""Notes among those who may edit a post."""

import pytest
from sqlalchemy import select

from blog.auth.models import User
from blog.auth.policies import NotAllowed
from blog.db import db
from blog.posts.models import Post
from blog.posts.notes import operations
from blog.posts.notes.linking import with_links
from blog.posts.notes.models import NOTE_LENGTH, PostNote
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
    return Browser(app).sign_in(make.user("editor", display_name="Tomas"))


def note(browser, post, body):
    token = browser.get(f"/write/{post.id}/notes").all("input", name="csrf_token")[0].get("value")
    return browser.post(f"/write/{post.id}/notes", {"csrf_token": token, "body": body}, follow=True)


def test_those_who_may_edit_a_post_read_what_the_others_noted(make, ines, author, editor):
    post = make.post("Draft", author=ines, state="draft")

    note(editor, post, "Where is this from?")
    page = note(author, post, "From her letters.")

    assert "Tomas" in page.text
    assert page.text.index("Where is this from?") < page.text.index("From her letters.")


def test_how_many_there_are_stands_in_the_list_and_in_the_sheet(make, ines, author):
    post = make.post("Draft", author=ines, state="draft")
    note(author, post, "One.")
    note(author, post, "Two.")

    assert "2 notes" in author.get("/write/drafts").text
    assert "Notes among those who edit it (2)" in author.get(f"/write/{post.id}").text


def test_no_reader_sees_a_note(make, ines, author, visitor):
    post = make.post("Out", author=ines)
    note(author, post, "Xylographer.")

    assert "ylographer" not in visitor.get("/posts/out").html
    assert "ylographer" not in author.get("/posts/out").html
    assert visitor.get(f"/write/{post.id}/notes").location.startswith("/login")


def test_one_deletes_ones_own_note_and_no_other(make, ines, author, editor):
    post = make.post("Draft", author=ines, state="draft")
    note(author, post, "Mine.")
    note(editor, post, "Theirs.")
    mine, theirs = make.read(lambda: db.session.scalars(select(PostNote.id).order_by(PostNote.id)).all())
    page = author.get(f"/write/{post.id}/notes")

    own = author.submit(f"/write/{post.id}/notes/{mine}/deletion")
    token = page.all("input", name="csrf_token")[0].get("value")
    other = author.post(f"/write/{post.id}/notes/{theirs}/deletion", {"csrf_token": token})

    assert f"notes/{theirs}/deletion" not in page.html
    assert "Mine." not in own.text
    assert other.status == 403
    assert make.read(lambda: db.session.scalars(select(PostNote.body)).all()) == ["Theirs."]


def test_the_note_of_another_post_is_not_deleted(make, ines, author):
    one, other = make.post("One", author=ines), make.post("Other", author=ines)
    note(author, one, "Stays.")
    token = author.page.all("input", name="csrf_token")[0].get("value")

    (stays,) = make.read(lambda: db.session.scalars(select(PostNote.id)).all())
    author.post(f"/write/{other.id}/notes/{stays}/deletion", {"csrf_token": token})

    assert make.read(lambda: db.session.scalars(select(PostNote.body)).all()) == ["Stays."]


@pytest.mark.parametrize(("body", "said"), [(" \n ", "Write something"), ("x" * (NOTE_LENGTH + 1), "at most 2000")])
def test_what_is_empty_or_too_long_is_refused_and_kept(make, ines, author, body, said):
    post = make.post("Draft", author=ines, state="draft")

    page = note(author, post, body)

    assert page.status == 422
    assert said in page.text
    assert page.one("textarea", id="body").text.strip() == body.strip()
    assert make.read(lambda: db.session.scalar(select(PostNote))) is None


def test_nobody_notes_anything_on_the_post_of_another(make):
    post, other = make.post(), make.user("author")

    with pytest.raises(NotAllowed):
        make.act(
            lambda: operations.add_note(
                db.session.get(Post, post.id), "Hello", by=db.session.get(User, other.id), now=post.updated_at
            )
        )


def test_what_somebody_noted_stays_without_their_name(make, ines, author):
    post, tomas = make.post("Draft", author=ines, state="draft"), make.user("editor", display_name="Tomas")
    make.act(
        lambda: operations.add_note(
            db.session.get(Post, post.id), "Kept.", by=db.session.get(User, tomas.id), now=post.updated_at
        )
    )

    make.act(lambda: db.session.delete(db.session.get(User, tomas.id)))

    page = author.get(f"/write/{post.id}/notes")
    assert "Kept." in page.text
    assert "Somebody who has left" in page.text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("See https://example.org/a?b=1&c=2.",
         'See <a href="https://example.org/a?b=1&amp;c=2" rel="nofollow noopener noreferrer">'
         "https://example.org/a?b=1&amp;c=2</a>."),
        ("<script>alert(1)</script>\nTwo", "&lt;script&gt;alert(1)&lt;/script&gt;<br>Two"),
        ("javascript:alert(1) data:text/html,x ftp://example.org", "javascript:alert(1) data:text/html,x ftp://example.org"),
        ('http://example.org/"onclick="x', None),
    ],
)  # fmt: skip
def test_a_note_is_plain_text_with_safe_links(text, html):
    shown = str(with_links(text))

    assert shown == html if html else 'onclick="' not in shown


def test_a_post_holds_two_hundred_notes(app, make):
    ines = make.user("author")
    post = make.post("Ours", author=ines, state="draft")
    notes = [
        PostNote(post_id=post.id, author_id=ines.id, body=f"No. {n}", created_at=post.created_at) for n in range(200)
    ]
    make.act(lambda: db.session.add_all(notes))
    browser = Browser(app).sign_in(ines)
    browser.get(f"/write/{post.id}/notes")

    token = browser.page.all("input", name="csrf_token")[0].get("value")

    page = browser.post(f"/write/{post.id}/notes", {"csrf_token": token, "body": "One more"})

    assert (page.status, page.one("textarea", name="body").text.strip()) == (422, "One more")
    assert "There are 200 notes already" in page.text
    assert "No. 0" in page.text
