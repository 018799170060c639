"""The editor: what is typed is saved, refused with a reason, or shown beside what somebody else saved; never lost."""

import pytest
from sqlalchemy import func, select

from blog.db import db
from blog.posts.models import BODY_LENGTH, EXCERPT_LENGTH, TAGS_PER_POST, TITLE_LENGTH, OldSlug, Post
from tests.browser_like import Browser
from tests.together import send_at_once


@pytest.fixture
def ines(make):
    return make.user("author", username="ines")


@pytest.fixture
def author(app, ines):
    """Her browser."""
    return Browser(app).sign_in(ines)


def count_posts(make):
    return make.read(lambda: db.session.scalar(select(func.count()).select_from(Post)))


def only_post(make, ines):
    post_id = make.read(lambda: db.session.scalar(select(Post.id)))
    return make.editable(make.read(lambda: db.session.get(Post, post_id)), ines)


def shown(page, field):
    """What stands in a field of the page."""
    return "".join(page.one("textarea", id=field).itertext())


def test_a_new_post_is_saved_as_a_draft_with_all_that_was_typed(author, make, ines):
    author.get("/write/new")

    page = author.submit(
        "/write/new", title="Against the seamless", body="A *seam*.\r\n\r\nTwo.", tags="Cloth, #Writing , cloth",
        slug="seams", excerpt="In praise\nof an inch.", comments_closed="y",
    )  # fmt: skip

    post = only_post(make, ines)
    assert "Saved as a draft" in page.text
    assert page.url == f"/write/{post.id}"
    assert (post.title, post.body, post.slug) == ("Against the seamless", "A *seam*.\n\nTwo.", "seams")
    assert "<em>seam</em>" in post.body_html
    assert (post.excerpt, post.comments_closed) == ("In praise of an inch.", True)
    assert [tag.name for tag in post.tags] == ["Cloth", "Writing"]
    assert (post.status, post.author_id, post.words) == ("draft", ines.id, 3)


def test_an_empty_page_can_be_saved(author, make):
    author.get("/write/new")

    page = author.submit("/write/new")

    assert page.status == 200
    assert "Untitled" in author.get("/write/").text


def test_the_editor_shows_what_is_stored(author, make, ines):
    post = make.post("A title", "Two\n\nlines & <b>", author=ines, tags=["Bread", "Tools"], excerpt="So it begins.")

    page = author.get(f"/write/{post.id}")

    assert shown(page, "title") == "A title"
    assert shown(page, "body") == "Two\n\nlines & <b>"
    assert shown(page, "excerpt") == "So it begins."
    assert page.one("input", id="tags").get("value") == "Bread, Tools"
    assert page.one("input", id="slug").get("value") == "a-title"


def test_what_is_changed_is_saved(author, make, ines):
    post = make.post("Before", "Before.", author=ines, state="draft", tags=["Old"])
    author.get(f"/write/{post.id}")

    page = author.submit(f"/write/{post.id}", title="After", body="After.", tags="New")

    saved = make.editable(post, ines)
    assert "Saved." in page.text
    assert (saved.title, saved.body, saved.slug, [tag.name for tag in saved.tags]) == (
        "After",
        "After.",
        "after",
        ["New"],
    )


def test_white_space_and_line_ends_of_the_text_survive_any_number_of_saves(author, make, ines):
    body = "\n\n    code\n\ttab  \nend\n\n"
    post = make.post("Spaces", body, author=ines, state="draft")

    for number in range(3):
        author.get(f"/write/{post.id}")
        author.submit(f"/write/{post.id}", title=f"Spaces {number}")

    assert make.fresh(post).body == body


def test_a_line_break_in_the_title_is_a_space(author, make, ines):
    author.get("/write/new")

    author.submit("/write/new", title="Against\r\nthe  seamless ")

    assert only_post(make, ines).title == "Against the seamless"


def test_a_title_that_changes_leaves_the_address_of_a_published_post_alone(author, make, ines):
    post = make.post("Before", author=ines)
    author.get(f"/write/{post.id}")

    author.submit(f"/write/{post.id}", title="After")

    assert make.fresh(post).slug == "before"


def test_a_published_post_that_is_given_another_address_answers_at_the_old_one(author, make, ines, visitor):
    post = make.post("Before", author=ines)
    author.get(f"/write/{post.id}")

    author.submit(f"/write/{post.id}", slug="After All")

    moved = visitor.get("/posts/before")
    assert (moved.status, moved.location) == (301, "/posts/after-all")
    assert visitor.get("/posts/after-all").status == 200


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": "x" * (TITLE_LENGTH + 1)}, f"at most {TITLE_LENGTH} characters for the title"),
        ({"body": "x" * (BODY_LENGTH + 1)}, "Make two posts of it"),
        ({"excerpt": "x" * (EXCERPT_LENGTH + 1)}, f"at most {EXCERPT_LENGTH} characters"),
        ({"tags": ", ".join(f"tag{number}" for number in range(TAGS_PER_POST + 1))}, f"at most {TAGS_PER_POST} tags"),
        ({"slug": "…!?"}, "letters, digits and hyphens"),
        ({"slug": "x" * 101}, "at most 100 of them"),
        ({"publish_at": "tomorrow"}, "Not a valid datetime"),
        ({"publish_at": "0001-01-01T00:00"}, "a year from 1900"),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(author, make, fields, said):
    author.get("/write/new")
    typed = {"title": "A title", "body": "My only copy.", "tags": "Bread"} | fields

    page = author.submit("/write/new", **typed)

    assert page.status == 422
    assert said in page.errors()
    assert page.all("section", class_="problems")
    if "body" not in fields:
        assert shown(page, "body") == "My only copy."
    assert shown(page, "title") == typed["title"]
    assert page.one("input", id="tags").get("value") == typed["tags"]
    assert count_posts(make) == 0


@pytest.mark.parametrize("when", ["now", "once"])
def test_an_address_that_another_post_has_or_had_is_refused(author, make, ines, when):
    make.post("Taken", author=ines)
    if when == "once":
        author.get(f"/write/{only_post(make, ines).id}")
        author.submit(slug="elsewhere")
    author.get("/write/new")

    page = author.submit("/write/new", title="Mine", body="My only copy.", slug="taken")

    assert page.status == 422
    assert "Another post has this address" in page.errors()
    assert shown(page, "body") == "My only copy."
    assert count_posts(make) == 1


def test_an_address_that_is_taken_is_refused_when_a_post_is_edited(author, make, ines):
    make.post("Taken", author=ines)
    post = make.post("Mine", author=ines, tags=["Bread"])
    author.get(f"/write/{post.id}")

    page = author.submit(f"/write/{post.id}", slug="taken", body="My only copy.")

    assert page.status == 422
    assert shown(page, "body") == "My only copy."
    assert make.fresh(post).body == "Some words."
    assert make.read(lambda: db.session.scalar(select(func.count()).select_from(OldSlug))) == 0


def test_two_posts_of_one_title_get_two_addresses(author, make):
    for _ in range(2):
        author.get("/write/new")
        author.submit("/write/new", title="Gutters", body="Rain.")

    slugs = make.read(lambda: db.session.scalars(select(Post.slug).order_by(Post.id)).all())
    assert slugs == ["gutters", "gutters-2"]


def test_a_tag_that_somebody_made_is_used_however_it_is_typed(author, make, ines):
    make.post("Old", author=ines, tags=["Bread"])
    author.get("/write/new")

    author.submit("/write/new", title="New", body="Text.", tags="BREAD")

    assert "Bread" in author.get("/tags/bread").text
    new = make.read(lambda: db.session.scalar(select(Post).where(Post.slug == "new")))
    assert [tag.name for tag in make.editable(new, ines).tags] == ["Bread"]


# Sent twice


def test_a_form_that_is_sent_twice_makes_one_post(author, make):
    author.get("/write/new")
    form = author.page

    first = author.submit("/write/new", title="Once", body="Only once.")
    author.page = form
    second = author.submit("/write/new", title="Once", body="Only once.")

    assert count_posts(make) == 1
    assert second.url == first.url


def test_a_form_that_is_sent_twice_at_the_same_moment_makes_one_post(app, make, ines):
    author = Browser(app).sign_in(ines)
    author.get("/write/new")
    token, key = (author.page.all("input", name=name)[0].get("value") for name in ("csrf_token", "creation_key"))
    data = {"csrf_token": token, "creation_key": key, "title": "Once", "body": "Only once."}
    answers = send_at_once(app, [(author, "/write/new", data)] * 4)

    assert answers == [303] * 4
    assert count_posts(make) == 1


def test_going_back_to_the_form_of_a_new_post_and_writing_on_loses_nothing(author, make, ines):
    author.get("/write/new")
    form = author.page
    author.submit("/write/new", title="Once", body="First thought.")
    author.page = form

    author.submit("/write/new", title="Once", body="First thought. Second thought.")

    assert count_posts(make) == 1
    assert only_post(make, ines).body == "First thought. Second thought."


def test_going_back_to_the_form_of_a_new_post_that_was_edited_since_shows_both(author, make, ines):
    author.get("/write/new")
    form = author.page
    author.submit("/write/new", title="Once", body="First.")
    author.submit(body="Edited on.")
    author.page = form

    page = author.submit("/write/new", title="Once", body="Typed after going back.")

    assert page.status == 409
    assert shown(page, "body") == "Typed after going back."
    assert shown(page, "stored-body") == "Edited on."


def test_a_save_that_is_sent_twice_is_saved_once(author, make, ines):
    post = make.post("Before", author=ines, state="draft")
    form = author.get(f"/write/{post.id}")
    author.submit(f"/write/{post.id}", body="After.", tags="A, B")
    before = make.fresh(post).edit_number
    author.page = form

    page = author.submit(f"/write/{post.id}", body="After.", tags="b, a")

    assert (page.status, "Saved." in page.text) == (200, True)
    assert make.fresh(post).edit_number == before


# Two at once


def test_an_edit_that_crosses_another_ones_shows_both_and_overwrites_nothing(app, author, make, ines):
    post = make.post("Ours", "Before.", author=ines, tags=["Bread"])
    mine = author.get(f"/write/{post.id}")
    editor = Browser(app).sign_in(make.user("editor"))
    editor.get(f"/write/{post.id}")
    editor.submit(f"/write/{post.id}", body="The editor’s.", excerpt="Hers")
    author.page = mine

    page = author.submit(f"/write/{post.id}", body="The author’s.")

    assert page.status == 409
    assert shown(page, "body") == "The author’s."
    assert shown(page, "stored-body") == "The editor’s."
    assert "Somebody saved this post after you opened it" in page.text
    assert make.fresh(post).body == "The editor’s."


def test_after_seeing_both_the_author_decides(app, author, make, ines):
    post = make.post("Ours", "Before.", author=ines)
    mine = author.get(f"/write/{post.id}")
    editor = Browser(app).sign_in(make.user("editor"))
    editor.get(f"/write/{post.id}")
    editor.submit(f"/write/{post.id}", body="The editor’s.")
    author.page = mine
    author.submit(f"/write/{post.id}", body="The author’s.")

    page = author.submit(f"/write/{post.id}", body="Both of ours.")

    assert page.status == 200
    assert make.fresh(post).body == "Both of ours."


def test_a_post_that_was_published_meanwhile_is_not_overwritten_unseen(app, author, make, ines, visitor):
    post = make.post("Ours", "Before.", author=ines, state="draft")
    mine = author.get(f"/write/{post.id}")
    editor = Browser(app).sign_in(make.user("editor"))
    editor.get(f"/write/{post.id}")
    editor.submit(f"/write/{post.id}", via=f"/write/{post.id}/publication")
    author.page = mine

    page = author.submit(f"/write/{post.id}", body="Half a thought")

    assert "that readers do not see yet" in page.text
    assert shown(page, "body") == "Half a thought"
    assert make.fresh(post).body == "Before."
    assert "Half a thought" not in visitor.get("/posts/ours").text


PARAGRAPHS = "The first paragraph.\n\nThe second one.\n\nThe third of them."


def test_edits_of_different_places_are_put_together(app, author, make, ines):
    post = make.post("Ours", PARAGRAPHS, author=ines, state="draft", tags=["Bread", "Old"])
    mine = author.get(f"/write/{post.id}")
    editor = Browser(app).sign_in(make.user("editor"))
    editor.get(f"/write/{post.id}")
    editor.submit(
        f"/write/{post.id}", body=PARAGRAPHS.replace("first", "very first"), excerpt="Hers", tags="Bread, New"
    )
    author.page = mine

    page = author.submit(f"/write/{post.id}", title="Mine", body=PARAGRAPHS.replace("third of", "last of"))

    merged = PARAGRAPHS.replace("first", "very first").replace("third of", "last of")
    assert "Here are their changes and yours together" in page.text
    assert shown(page, "body") == merged
    now = make.editable(post, ines)
    assert (now.title, now.body, now.excerpt) == ("Mine", merged, "Hers")
    assert [tag.name for tag in now.tags] == ["Bread", "New"]


def test_what_was_put_together_is_not_published_unread(app, author, make, ines, visitor):
    post = make.post("Ours", PARAGRAPHS, author=ines, state="draft")
    live = make.post("Live", PARAGRAPHS, author=ines)
    editor = Browser(app).sign_in(make.user("editor"))
    for one, via in ((post, f"/write/{post.id}/publication"), (live, None)):
        mine = author.get(f"/write/{one.id}")
        editor.get(f"/write/{one.id}")
        editor.submit(f"/write/{one.id}", body=PARAGRAPHS.replace("first", "very first"))
        author.page = mine
        author.submit(f"/write/{one.id}", via=via, body=PARAGRAPHS.replace("third of", "last of"))

    assert make.fresh(post).status == "draft"
    assert "last of" not in visitor.get("/posts/live").text
    assert "very first" in visitor.get("/posts/live").text
    author.get(f"/write/{live.id}")
    author.submit(f"/write/{live.id}")
    assert "last of" in visitor.get("/posts/live").text


def test_what_nobody_knows_the_beginning_of_is_shown_beside_the_other(app, author, make, ines):
    """The text that the editor began with was written over since, and the form does not bring it along."""
    post = make.post("Ours", "", author=ines, state="draft")
    editor = Browser(app).sign_in(make.user("editor"))
    editor.get(f"/write/{post.id}")
    editor.submit(f"/write/{post.id}", body="One")
    mine = author.get(f"/write/{post.id}")
    editor.submit(f"/write/{post.id}", body="One two")
    author.page = mine

    page = author.submit(f"/write/{post.id}", body="Zero one")

    assert page.status == 409
    assert (shown(page, "body"), shown(page, "stored-body")) == ("Zero one", "One two")


def test_of_two_versions_both_are_kept(app, author, make, ines):
    post = make.post("Ours", "Before.", author=ines, state="draft")
    mine = author.get(f"/write/{post.id}")
    editor = Browser(app).sign_in(make.user("editor"))
    editor.get(f"/write/{post.id}")
    editor.submit(f"/write/{post.id}", body="The editor’s.")
    author.page = mine
    page = author.submit(f"/write/{post.id}", body="The author’s.")

    (different,) = [link for link in page.links() if "/changes" in link]
    changes = author.get(different)

    assert "Set aside" in author.get(f"/write/{post.id}/revisions").text
    assert {"[removed: editor’s] ", "[added: author’s] "} <= {
        "".join(one.itertext()) for one in (*changes.all("ins"), *changes.all("del"))
    }
    assert make.fresh(post).body == "The editor’s."


# Who may not


@pytest.mark.parametrize("path", ["", "/preview", "/publication", "/publication/deletion", "/trashing", "/restoration"])
def test_another_authors_post_is_not_there(app, make, ines, path):
    post = make.post("Hers", "Hers.", author=ines, state="draft")
    other = Browser(app).sign_in(make.user("author"))
    other.get("/write/new")
    token = other.page.all("input", name="csrf_token")[0].get("value")

    page = other.post(
        f"/write/{post.id}{path}", {"csrf_token": token, "title": "Mine", "body": "Mine", "edit_number": 1}
    )

    assert page.status == 404
    assert make.fresh(post).title == "Hers"
    assert other.get(f"/write/{post.id}").status == 404
    assert other.get(f"/write/{post.id}/preview").status == 404


def test_an_editor_works_on_everybodys_posts_and_its_author_stays(app, make, ines):
    post = make.post("Hers", author=ines, state="draft")
    editor = Browser(app).sign_in(make.user("editor"))

    page = editor.get(f"/write/{post.id}")
    editor.submit(f"/write/{post.id}", body="Edited.")

    assert "by ines" in page.text
    assert (make.fresh(post).body, make.fresh(post).author_id) == ("Edited.", ines.id)


def test_an_author_who_was_made_a_reader_can_no_longer_save(author, make, ines):
    post = make.post("Hers", "Before.", author=ines, state="draft")
    author.get(f"/write/{post.id}")
    make.act(lambda: setattr(db.session.get(type(ines), ines.id), "role", "reader"))

    page = author.submit(f"/write/{post.id}", body="After.")

    assert page.status == 403
    assert make.fresh(post).body == "Before."


@pytest.mark.parametrize("post_id", ["999", str(2**31), str(10**20)])
def test_a_post_that_is_not_there_is_not_found(author, post_id):
    assert author.get(f"/write/{post_id}").status == 404
    assert author.get(f"/write/{post_id}/preview").status == 404


def test_fields_that_are_not_the_forms_change_nothing(author, make, ines):
    other = make.user()
    post = make.post("Hers", author=ines, state="draft")
    author.get(f"/write/{post.id}")
    token = author.page.all("input", name="csrf_token")[0].get("value")

    author.post(
        f"/write/{post.id}",
        {
            "csrf_token": token, "title": "Hers", "body": "x", "edit_number": post.edit_number, "author_id": other.id,
            "status": "published", "published_at": "2020-01-01", "comment_count": 99, "import_key": "k",
        },
    )  # fmt: skip

    saved = make.fresh(post)
    assert saved.body == "x"
    assert (saved.author_id, saved.status, saved.published_at, saved.comment_count) == (ines.id, "draft", None, 0)


# Preview


def test_the_preview_shows_what_is_in_the_editor_and_saves_nothing(author, make):
    author.get("/write/new")

    page = author.submit(
        "/write/new", via="/write/preview", title="Not <yet>", body="A **bold** word.", excerpt="Soon.", tags="Bread"
    )

    assert page.status == 200
    assert "Not <yet>" in page.one("h1").text
    assert "<strong>bold</strong>" in page.html
    assert "Soon." in page.text
    assert "Bread" in page.text
    assert "not saved" in page.text
    assert count_posts(make) == 0


def test_the_preview_of_a_post_shows_its_author_and_what_was_typed(app, make, ines):
    post = make.post("Stored", "Stored.", author=ines, state="draft")
    editor = Browser(app).sign_in(make.user("editor", username="theeditor"))
    editor.get(f"/write/{post.id}")

    page = editor.submit(f"/write/{post.id}", via=f"/write/{post.id}/preview", title="Typed", body="Typed.")

    assert page.one("h1").text == "Typed"
    assert "ines" in "".join(page.all("div", class_="facts")[0].itertext())
    assert make.fresh(post).title == "Stored"


def test_a_preview_that_cannot_be_made_stays_with_its_post(author, make, ines):
    post = make.post("Stored", author=ines, state="draft")
    author.get(f"/write/{post.id}")

    page = author.submit(f"/write/{post.id}", via=f"/write/{post.id}/preview", title="x" * 201)

    assert page.status == 422
    assert page.one("form", id="writing").get("action") == f"/write/{post.id}"


@pytest.mark.parametrize("state", ["draft", "scheduled", "trashed"])
def test_what_is_saved_can_be_previewed_before_readers_see_it(author, make, ines, state, visitor):
    post = make.post("Soon", "A *word*.", author=ines, state=state)

    page = author.get(f"/write/{post.id}/preview")

    assert page.status == 200
    assert page.one("h1").text == "Soon"
    assert "<em>word</em>" in page.html
    assert visitor.get(f"/write/{post.id}/preview").location.startswith("/login")


def test_a_script_in_a_post_is_gone_from_the_preview(author):
    author.get("/write/new")

    page = author.submit(
        "/write/new",
        via="/write/preview",
        title="<script>alert(1)</script>",
        body="<script>alert(1)</script><b onclick=alert(1)>x</b>",
    )

    assert "<script>alert" not in page.html
    assert "onclick" not in page.html


def test_of_saves_at_the_same_moment_one_is_stored_and_the_others_are_told(app, author, make, ines):
    post = make.post("Ours", "Before.", author=ines, state="draft")
    author.get(f"/write/{post.id}")
    token = author.page.all("input", name="csrf_token")[0].get("value")
    answers = send_at_once(
        app,
        [
            (
                author,
                f"/write/{post.id}",
                {"csrf_token": token, "title": "Ours", "body": f"By {number}.", "edit_number": 1},
            )
            for number in range(4)
        ],
    )

    assert sorted(answers) == [303, 409, 409, 409]
    assert make.fresh(post).edit_number == 2


def test_publishing_twice_at_the_same_moment_counts_once(app, author, make, ines):
    post = make.post("Ours", "Before.", author=ines, state="draft", tags=["Bread"])
    author.get(f"/write/{post.id}")
    token = author.page.all("input", name="csrf_token")[0].get("value")
    form = {"csrf_token": token, "title": "Ours", "body": "Before.", "tags": "Bread", "edit_number": 1}

    answers = send_at_once(app, [(author, f"/write/{post.id}/publication", form)] * 4)

    assert answers == [303] * 4
    assert make.fresh(ines).post_count == 1
