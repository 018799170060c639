"""Revisions: every text that was saved can be read, compared and brought back; nobody else reads it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from blog import clock
from blog.db import db
from blog.posts.revisions.models import FEW_WORDS, REVISION_WINDOW, Revision
from tests.browser_like import Browser


@pytest.fixture
def ines(make):
    return make.user("author", username="ines")


@pytest.fixture
def author(app, ines):
    """Her browser."""
    return Browser(app).sign_in(ines)


@pytest.fixture
def revisions(make):
    """What is kept of a post, oldest first: kind and text."""

    def read(post):
        found = make.read(
            lambda: db.session.scalars(
                select(Revision).where(Revision.post_id == post.id).order_by(Revision.number)
            ).all()
        )
        return [(one.kind.value, one.body) for one in found]

    return read


@pytest.fixture
def forget(make):
    """Take the revisions of all posts away, as if an older version of the blog had written them."""
    return lambda: make.act(lambda: [db.session.delete(one) for one in db.session.scalars(select(Revision))])


def age(make, by):
    """Let what is kept be older."""

    def change():
        for one in db.session.scalars(select(Revision)):
            one.created_at -= by

    make.act(change)


# What is kept


def test_what_is_saved_is_kept_and_going_on_is_one_revision(author, make, ines, revisions):
    author.get("/write/new")
    author.submit("/write/new", title="Gutters", body="Rain")
    for body in ("Rain falls", "Rain falls down"):
        author.submit(body=body)

    post = make.read(lambda: db.session.scalar(select(Revision))).post_id

    (kept,) = make.read(lambda: db.session.scalars(select(Revision).where(Revision.post_id == post)).all())
    assert (kept.kind, kept.body, kept.author_id, kept.number) == ("work", "Rain falls down", ines.id, 1)
    assert (kept.words, kept.first_edit, kept.last_edit) == (3, 1, 3)


def test_an_editor_that_is_opened_anew_writes_in_a_revision_of_its_own(author, make, ines, revisions):
    post = make.post("Gutters", "One", author=ines, state="draft")
    for body in ("One two", "One two three"):
        author.get(f"/write/{post.id}")
        author.submit(f"/write/{post.id}", body=body)

    assert [body for _, body in revisions(post)] == ["One", "One two", "One two three"]


def test_after_ten_minutes_the_next_revision_begins(author, make, ines, revisions):
    post = make.post("Gutters", "One", author=ines, state="draft")
    author.get(f"/write/{post.id}")
    author.submit(f"/write/{post.id}", body="One two")
    age(make, REVISION_WINDOW)

    author.submit(f"/write/{post.id}", body="One two three")

    assert [body for _, body in revisions(post)] == ["One", "One two", "One two three"]


@pytest.mark.parametrize("after", ["", "Something else entirely is said here now, as long as before."])
def test_a_save_that_takes_words_away_overwrites_nothing(author, make, ines, revisions, after):
    post = make.post("Gutters", "", author=ines, state="draft")
    author.get(f"/write/{post.id}")
    long = "The rain falls into the gutter and the gutter leads it away."
    author.submit(f"/write/{post.id}", body=long)

    author.submit(f"/write/{post.id}", body=after)

    assert [body for _, body in revisions(post)] == ["", long, after]


def test_words_that_go_one_after_the_other_are_kept_as_well(author, make, ines, revisions):
    post = make.post("Gutters", "", author=ines, state="draft")
    words = [f"word{number}" for number in range(3 * FEW_WORDS)]
    author.get(f"/write/{post.id}")
    for count in range(len(words), 0, -1):
        author.submit(f"/write/{post.id}", body=" ".join(words[:count]))

    kept = [len(body.split()) for _, body in revisions(post)]

    assert kept == [0, 2 * FEW_WORDS, FEW_WORDS - 1, 1]


def test_what_another_one_saved_is_never_written_over(app, author, make, ines, revisions):
    post = make.post("Gutters", "One", author=ines, state="draft")
    editor = Browser(app).sign_in(make.user("editor"))
    for browser, body in ((author, "One two"), (editor, "One two three"), (author, "One two three four")):
        browser.get(f"/write/{post.id}")
        browser.submit(f"/write/{post.id}", body=body)

    assert [body for _, body in revisions(post)] == ["One", "One two", "One two three", "One two three four"]


def test_what_an_older_version_wrote_is_kept_before_it_is_changed(author, make, ines, revisions, forget):
    post = make.post("Gutters", "Before there were revisions.", author=ines, state="draft")
    forget()
    author.get(f"/write/{post.id}")

    author.submit(f"/write/{post.id}", body="After.")

    assert revisions(post) == [("found", "Before there were revisions."), ("work", "After.")]


def test_what_is_published_is_kept_as_such(author, make, ines, revisions):
    author.get("/write/new")
    author.submit("/write/new", via="/write/new/publication", title="Gutters", body="Rain")
    post = make.read(lambda: db.session.scalar(select(Revision)))
    post.id = post.post_id
    author.get(f"/write/{post.id}")

    author.submit(f"/write/{post.id}", body="Rain falls")

    assert revisions(post) == [("publish", "Rain"), ("publish", "Rain falls")]


def test_saving_what_is_there_makes_no_revision(author, make, ines, revisions):
    post = make.post("Gutters", "One", author=ines, state="draft")
    author.get(f"/write/{post.id}")

    author.submit(f"/write/{post.id}")

    assert revisions(post) == [("work", "One")]


def test_revisions_go_with_their_post_and_outlive_their_author(app, make, ines, revisions):
    editor = make.user("editor")
    post = make.post("Gutters", "One", author=ines, state="draft")
    browser = Browser(app).sign_in(editor)
    browser.get(f"/write/{post.id}")
    browser.submit(f"/write/{post.id}", body="Two")
    make.act(lambda: db.session.delete(db.session.get(type(editor), editor.id)))

    page = Browser(app).sign_in(ines).get(f"/write/{post.id}/revisions")

    assert "Somebody who has left" in page.text
    assert len(revisions(post)) == 2
    make.act(lambda: db.session.delete(db.session.get(type(post), post.id)))
    assert revisions(post) == []


# Pages


def test_the_list_says_who_when_why_and_how_much(author, make, ines):
    post = make.post("Gutters", "One two three", author=ines, state="draft")
    author.get(f"/write/{post.id}")
    author.submit(f"/write/{post.id}", body="One four five six")

    page = author.get(f"/write/{post.id}/revisions")

    rows = [" ".join("".join(row.itertext()).split()) for row in page.all("tr")[1:]]
    assert len(rows) == 2
    assert "Saved" in rows[0]
    assert "ines" in rows[0]
    assert "4 words +3 words came −2 words went" in rows[0]
    assert f"/write/{post.id}/revisions/2/changes" in page.links()


def test_the_list_goes_on_page_by_page(author, make, ines):
    post = make.post("Gutters", "One", author=ines, state="draft")

    def many():
        first = db.session.scalar(select(Revision))
        for number in range(2, 62):
            values = {"author_id": ines.id, "kind": first.kind, "text": first.text, "words": 1, "added_words": 0}
            edits = {"removed_words": 0, "first_edit": number, "last_edit": number, "restored_from": None}
            moments = dict.fromkeys(("created_at", "updated_at"), clock.now() + timedelta(seconds=number))
            db.session.add(Revision(post_id=post.id, number=number, **values, **edits, **moments))

    make.act(many)

    page = author.get(f"/write/{post.id}/revisions")
    older = next(link for link in page.links() if "before=" in link)
    rest = author.get(older)

    assert (len(page.all("tr")), len(rest.all("tr"))) == (51, 12)
    assert "revision 1" in rest.text


def test_the_list_costs_the_same_for_one_revision_and_for_many(author, make, ines, count_queries):
    post = make.post("Gutters", "One", author=ines, state="draft")
    author.get(f"/write/{post.id}/revisions")
    with count_queries() as one:
        author.get(f"/write/{post.id}/revisions")
    for number in range(9):
        author.get(f"/write/{post.id}")
        author.submit(f"/write/{post.id}", body=" ".join(f"{number}{word}" for word in "abcdefgh"))

    with count_queries() as many:
        author.get(f"/write/{post.id}/revisions")

    assert len(many) == len(one)


def test_a_revision_is_shown_as_it_was_typed(author, make, ines):
    post = make.post(
        "Gutters & <b>", "\n\n    code\n<script>", author=ines, state="draft", tags=["Rain"], excerpt="So."
    )

    page = author.get(f"/write/{post.id}/revisions/1")

    assert "".join(page.one("pre", class_="source").itertext()) == "\n\n    code\n<script>"
    assert "Gutters & <b>" in page.text
    assert "Rain" in page.text
    assert "So." in page.text


def said(page, tag):
    """What stands in the elements of a kind."""
    return {"".join(one.itertext()) for one in page.all(tag)}


def test_what_changed_is_marked_word_by_word(author, make, ines):
    body = "The first line moves far away.\nThe quick fox jumps.\n" + "".join(f"Line {n}.\n" for n in range(20))
    post = make.post("Gutters", body, author=ines, state="draft", tags=["Rain"])
    author.get(f"/write/{post.id}")
    changed = body.replace("The first line moves far away.\n", "").replace("quick", "slow red")
    author.submit(
        f"/write/{post.id}", title="Gutters, again", tags="Rain, Tin", body=changed + "The first line moves far away.\n"
    )

    page = author.get(f"/write/{post.id}/revisions/2/changes")

    assert {"[removed: quick] ", "[moved from here: The first line moves far away.\n] "} <= said(page, "del")
    assert {"[added: slow red] ", "[moved here: The first line moves far away.\n] "} <= said(page, "ins")
    assert {"[added: , again] ", "[added: , Tin] "} <= said(page, "ins")
    assert "lines are the same" in page.text


def test_any_two_revisions_can_be_compared(author, make, ines):
    post = make.post("Gutters", "one", author=ines, state="draft")
    for body in ("two", "three"):
        author.get(f"/write/{post.id}")
        author.submit(f"/write/{post.id}", body=body)

    page = author.get(f"/write/{post.id}/revisions/3/changes?since=1")
    first = author.get(f"/write/{post.id}/revisions/1/changes")

    assert ("[removed: one] " in said(page, "del"), "[added: three] " in said(page, "ins")) == (True, True)
    assert "[added: one] " in said(first, "ins")
    assert "Both say the same." in author.get(f"/write/{post.id}/revisions/3/changes?since=3").text


@pytest.mark.parametrize("path", ["99", "99/changes", "1/changes?since=99", "99999999999999", "0"])
def test_a_revision_that_is_not_there_is_not_found(author, make, ines, path):
    post = make.post("Gutters", "One", author=ines, state="draft")

    assert author.get(f"/write/{post.id}/revisions/{path}").status == 404


@pytest.mark.parametrize("path", ["", "/1", "/1/changes"])
def test_nobody_else_reads_revisions(app, make, ines, path):
    post = make.post("Gutters", "One", author=ines)

    other = Browser(app).sign_in(make.user("author")).get(f"/write/{post.id}/revisions{path}")

    assert other.status == 404
    assert Browser(app).sign_in(make.user("reader")).get(f"/write/{post.id}/revisions{path}").status == 403


def test_a_revision_of_another_post_is_not_found_under_this_one(author, make, ines):
    mine, other = make.post("Mine", "Mine.", author=ines), make.post("Hers", "Hers.")

    page = author.get(f"/write/{mine.id}/revisions/1")

    assert "Hers." not in page.text
    assert author.get(f"/write/{other.id}/revisions/1").status == 404


# Bringing back


def restore(browser, post, number):
    browser.get(f"/write/{post.id}/revisions/{number}")
    return browser.submit(f"/revisions/{number}/restoration")


def test_a_draft_is_restored_and_what_stood_there_is_kept(author, make, ines, revisions):
    post = make.post("Gutters", "Before", author=ines, state="draft", tags=["Rain"], excerpt="So.")
    author.get(f"/write/{post.id}")
    author.submit(f"/write/{post.id}", title="Changed", body="After", tags="", excerpt="")

    page = restore(author, post, 1)

    now = make.editable(post, ines)
    assert (now.title, now.body, now.excerpt, [tag.name for tag in now.tags]) == ("Gutters", "Before", "So.", ["Rain"])
    assert "<p>Before</p>" in now.body_html
    assert "Here is revision 1 again" in page.text
    assert revisions(post) == [("work", "Before"), ("work", "After"), ("restore", "Before")]
    assert "from revision 1" in author.get(f"/write/{post.id}/revisions").text


def test_of_a_published_post_it_is_a_change_that_readers_do_not_see_yet(author, make, ines, visitor, revisions):
    post = make.post("Gutters", "Before", author=ines)
    author.get(f"/write/{post.id}")
    author.submit(f"/write/{post.id}", body="After")

    page = restore(author, post, 1)

    assert "that readers do not see yet" in page.text
    assert "".join(page.one("textarea", id="body").itertext()) == "Before"
    assert "After" in visitor.get("/posts/gutters").text
    assert make.fresh(post).updated_at == post.updated_at or make.fresh(post).body == "After"
    author.submit(f"/write/{post.id}")
    assert "Before" in visitor.get("/posts/gutters").text
    assert revisions(post) == [
        ("publish", "Before"),
        ("publish", "After"),
        ("pending", "Before"),
        ("publish", "Before"),
    ]
    assert "that readers do not see yet" not in author.get(f"/write/{post.id}").text


def test_a_change_that_readers_do_not_see_can_be_given_up(author, make, ines, revisions):
    post = make.post("Gutters", "Before", author=ines)
    author.get(f"/write/{post.id}")
    author.submit(f"/write/{post.id}", body="After")
    restore(author, post, 1)

    page = author.submit("/pending/deletion")

    assert "".join(page.one("textarea", id="body").itertext()) == "After"
    assert "that readers do not see yet" not in page.text
    assert revisions(post)[-2:] == [("pending", "Before"), ("discard", "After")]


def test_who_may_not_write_restores_nothing(app, make, ines):
    post = make.post("Gutters", "Before", author=ines, state="draft")
    other = Browser(app).sign_in(make.user("author"))
    other.get("/write/new")
    token = other.page.all("input", name="csrf_token")[0].get("value")

    for path in ("revisions/1/restoration", "pending/deletion"):
        assert other.post(f"/write/{post.id}/{path}", {"csrf_token": token}).status == 404
