"""What an editor saves by itself: where it goes, what it answers, and that nothing is lost whatever is in the way."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select, text, update

import config
from blog import create_app
from blog.auth.models import UserSession
from blog.db import db
from blog.posts.models import BODY_LENGTH, Post
from blog.posts.revisions.models import Revision
from blog.site.models import AuditEvent
from blog.web.limits.models import LimitCounter
from tests.browser_like import Browser
from tests.factories import PASSWORD, SECRET

JSON = {"Accept": "application/json"}
PARAGRAPHS = "The first paragraph.\n\nThe second one.\n\nThe third of them."


@pytest.fixture
def ines(make):
    return make.user("author", username="ines")


class Editor:
    """An opened editor with a script that saves by itself."""

    def __init__(self, app, user, path):
        self.browser = user if isinstance(user, Browser) else Browser(app).sign_in(user)
        page = self.browser.get(path)
        form = page.one("form", id="writing")
        self.address = form.get("data-autosave")
        self.fields = {
            one.get("name"): one.get("value") or ""
            for one in page.all("input")
            if one.get("name") and one.get("type") in (None, "hidden", "text")
        } | {one.get("name"): "".join(one.itertext()) for one in page.all("textarea") if one.get("name")}
        self.base = dict(self.fields)

    def save(self, *, with_base=False, **typed):
        """What the server says: the status, and the JSON."""
        self.fields |= typed
        names = ("title", "body", "excerpt", "tags", "slug")
        base = {f"base_{name}": self.base[name] for name in names} if with_base else {}
        answer = self.browser.post(self.address, self.fields | base, headers=JSON).response
        said = answer.get_json()
        if answer.status_code == 200 and "edit_number" in said:
            self.fields |= {"edit_number": said["edit_number"], "slug": said["slug"]}
            self.fields |= {name: value for name, value in said.get("fields", {}).items() if name in names}
            self.base = dict(self.fields)
            self.address = said["autosave"]
        return answer.status_code, said


def kept(make, post):
    rows = make.read(
        lambda: db.session.scalars(select(Revision).where(Revision.post_id == post.id).order_by(Revision.number)).all()
    )
    return [(one.kind.value, one.body) for one in rows]


def count(make, what):
    return make.read(lambda: db.session.scalar(select(func.count()).select_from(what)))


# Where it goes


def test_a_new_post_becomes_one_draft_however_often_it_is_saved(app, make, ines):
    editor = Editor(app, ines, "/write/new")
    address = editor.address

    first = editor.save(title="Gutters", body="Rain")
    editor.address, editor.fields["edit_number"] = address, "0"  # as if the answer had not come
    second, third = editor.save(body="Rain falls"), editor.save(body="Rain falls down")

    assert [status for status, _ in (first, second, third)] == [200, 200, 200]
    assert count(make, Post) == 1
    post = make.read(lambda: db.session.scalar(select(Post)))
    assert (post.body, post.slug, post.status) == ("Rain falls down", "gutters", "draft")
    assert third[1] == {
        "state": "saved", "post_id": post.id, "edit_number": 3, "saved_at": third[1]["saved_at"], "words": 3,
        "slug": "gutters", "address": "/posts/gutters", "is_pending": False, "edit": f"/write/{post.id}",
        "autosave": f"/write/{post.id}/autosave", "preview": f"/write/{post.id}/preview",
        "publish": f"/write/{post.id}/publication", "refused": {},
    }  # fmt: skip
    assert kept(make, post) == [("work", "Rain falls down")]


def test_an_empty_page_makes_no_draft(app, make, ines):
    assert Editor(app, ines, "/write/new").save() == (200, {"state": "empty"})
    assert count(make, Post) == 0


def test_a_draft_takes_it_up_and_the_log_is_told_once(app, make, ines):
    post = make.post("Gutters", "One", author=ines, state="draft", tags=["Rain"])
    editor = Editor(app, ines, f"/write/{post.id}")

    for body in ("One two", "One two three", "One two three four"):
        assert editor.save(body=body)[1]["state"] == "saved"

    assert make.fresh(post).body == "One two three four"
    assert [tag.name for tag in make.editable(post, ines).tags] == ["Rain"]
    assert kept(make, post) == [("work", "One"), ("work", "One two three four")]
    logged = make.read(lambda: db.session.scalars(select(AuditEvent).where(AuditEvent.event == "post_updated")).all())
    assert len(logged) == 1


def test_what_is_not_changed_is_not_saved(app, make, ines):
    post = make.post("Gutters", "One", author=ines, state="draft")
    editor = Editor(app, ines, f"/write/{post.id}")

    status, said = editor.save()

    assert (status, said["edit_number"]) == (200, post.edit_number)
    assert make.fresh(post).updated_at == post.updated_at


@pytest.mark.parametrize("state", ["published", "scheduled"])
def test_readers_see_nothing_of_it_until_it_is_published(app, make, ines, visitor, state):
    post = make.post("Gutters", "Before", author=ines, state=state, tags=["Rain"])
    before = make.fresh(post)
    editor = Editor(app, ines, f"/write/{post.id}")

    status, said = editor.save(title="Gutters, again", body="After", tags="Rain, Xylographer", slug="elsewhere")

    now = make.fresh(post)
    assert (status, said["state"], said["is_pending"]) == (200, "saved", True)
    assert (now.title, now.body, now.slug, now.updated_at) == ("Gutters", "Before", "gutters", before.updated_at)
    for path in ("/", "/posts/gutters", "/posts/gutters.md", "/feed.xml", "/tags/", "/search?q=After"):
        page = visitor.get(path)
        assert "Gutters, again" not in page.html
        assert "Xylographer" not in page.html
    page = editor.browser.get(f"/write/{post.id}")
    assert "that readers do not see yet" in page.text
    assert "".join(page.one("textarea", id="body").itertext()) == "After"
    assert page.one("input", id="tags").get("value") == "Rain, Xylographer"
    editor.browser.submit(f"/write/{post.id}")
    now = make.fresh(post)
    assert (now.title, now.body, now.slug) == ("Gutters, again", "After", "elsewhere")
    assert [kind for kind, _ in kept(make, post)] == ["publish", "pending", "publish"]


def test_publishing_at_another_hour_takes_what_is_pending_along(app, make, ines, visitor):
    post = make.post("Gutters", "Before", author=ines, state="scheduled")
    Editor(app, ines, f"/write/{post.id}").save(body="After")
    browser = Browser(app).sign_in(ines)
    browser.get(f"/write/{post.id}")

    browser.submit(f"/write/{post.id}", via=f"/write/{post.id}/publication", publish_at="")

    assert "After" in visitor.get("/posts/gutters").text


def test_a_post_that_is_taken_back_goes_on_with_what_was_pending(app, make, ines):
    post = make.post("Gutters", "Before", author=ines)
    editor = Editor(app, ines, f"/write/{post.id}")
    editor.save(body="After")
    editor.browser.get(f"/write/{post.id}")
    editor.browser.submit("/publication/deletion")

    again = Editor(app, editor.browser, f"/write/{post.id}")
    again.save(body="After all")

    assert again.base["body"] == "After all"
    assert make.fresh(post).body == "After all"


# Two at once


def test_what_two_type_at_different_places_comes_together_in_both(app, make, ines):
    post = make.post("Ours", PARAGRAPHS, author=ines, state="draft")
    mine, hers = Editor(app, ines, f"/write/{post.id}"), Editor(app, make.user("editor"), f"/write/{post.id}")
    hers.save(body=PARAGRAPHS.replace("first", "very first"))

    status, said = mine.save(body=PARAGRAPHS.replace("third of", "last of"))

    both = PARAGRAPHS.replace("first", "very first").replace("third of", "last of")
    assert (status, said["state"], said["fields"]["body"]) == (200, "merged", both)
    assert make.fresh(post).body == both
    assert hers.save(excerpt="Hers")[1]["state"] == "merged"
    assert kept(make, post)[-1] == ("work", both)


def test_pending_changes_of_two_come_together_and_readers_see_neither(app, make, ines, visitor):
    post = make.post("Ours", PARAGRAPHS, author=ines)
    mine, hers = Editor(app, ines, f"/write/{post.id}"), Editor(app, make.user("editor"), f"/write/{post.id}")
    hers.save(body=PARAGRAPHS.replace("first", "very first"))

    status, said = mine.save(body=PARAGRAPHS.replace("third of", "last of"))

    assert (status, said["state"], said["is_pending"]) == (200, "merged", True)
    assert visitor.get("/posts/ours.md").html.count("very first") == 0
    assert make.fresh(post).body == PARAGRAPHS


def test_the_base_that_is_not_known_is_asked_for_and_then_used(app, make, ines):
    post = make.post("Ours", "", author=ines, state="draft")
    hers = Editor(app, make.user("editor"), f"/write/{post.id}")
    hers.save(body=PARAGRAPHS)
    mine = Editor(app, ines, f"/write/{post.id}")
    hers.save(body=PARAGRAPHS.replace("first", "very first"))

    asked = mine.save(body=PARAGRAPHS.replace("third of", "last of"))
    told = mine.save(with_base=True)

    assert asked == (409, {"state": "base_needed", "edit_number": 3})
    assert told[1]["state"] == "merged"
    assert "very first" in make.fresh(post).body
    assert "last of" in make.fresh(post).body


def test_who_knows_no_base_either_has_both_kept(app, make, ines):
    post = make.post("Ours", "", author=ines, state="draft")
    hers = Editor(app, make.user("editor"), f"/write/{post.id}")
    hers.save(body="One")
    mine = Editor(app, ines, f"/write/{post.id}")
    hers.save(body="One two")

    status, said = mine.save(body="Zero", base_unknown="1")

    assert (status, said["state"], said["theirs"]["body"]) == (409, "conflict", "One two")
    assert kept(make, post)[-1] == ("aside", "Zero")


def test_where_both_changed_the_same_both_are_kept_and_going_on_is_one_revision(app, make, ines):
    post = make.post("Ours", "Before.", author=ines, state="draft")
    mine, hers = Editor(app, ines, f"/write/{post.id}"), Editor(app, make.user("editor"), f"/write/{post.id}")
    hers.save(body="The editor’s.")

    status, said = mine.save(body="The author’s")
    mine.save(body="The author’s text")

    assert (status, said["state"], said["theirs"]["body"]) == (409, "conflict", "The editor’s.")
    assert mine.browser.get(said["compare"]).status == 200
    assert make.fresh(post).body == "The editor’s."
    assert kept(make, post) == [("work", "Before."), ("work", "The editor’s."), ("aside", "The author’s text")]


def test_a_save_whose_answer_was_lost_is_taken_up(app, make, ines):
    post = make.post("Ours", "One", author=ines, state="draft")
    editor = Editor(app, ines, f"/write/{post.id}")
    before = editor.fields["edit_number"]
    editor.save(body="One two")
    editor.fields["edit_number"] = before

    same, further = editor.save(body="One two"), None
    editor.fields["edit_number"] = before
    further = editor.save(body="One two three")

    assert (same[1]["state"], further[0]) == ("saved", 200)
    assert make.fresh(post).body == "One two three"


# What is refused


def test_a_bad_field_does_not_keep_the_text_from_being_saved(app, make, ines):
    make.post("Taken", author=ines)
    post = make.post("Ours", "One", author=ines, state="draft", tags=["Rain"])
    editor = Editor(app, ines, f"/write/{post.id}")

    bad = {"slug": "…!?", "tags": ",".join(f"tag{n}" for n in range(30)), "excerpt": "x" * 301}
    _, said = editor.save(body="One two", title="x" * 201, **bad)
    _, taken = editor.save(body="One two three", title="Ours", slug="taken", tags="Rain", excerpt="")

    now = make.editable(post, ines)
    assert set(said["refused"]) == {"slug", "tags", "excerpt", "title"}
    assert "Another post has this address" in taken["refused"]["slug"]
    assert (now.body, now.title, now.slug, [tag.name for tag in now.tags]) == (
        "One two three",
        "Ours",
        "ours",
        ["Rain"],
    )


def test_a_taken_address_of_a_new_or_a_published_post_is_refused_alone(app, make, ines):
    make.post("Taken", author=ines)
    live = make.post("Live", "One", author=ines)

    _, new = Editor(app, ines, "/write/new").save(title="New", body="Text", slug="taken")
    _, pending = Editor(app, ines, f"/write/{live.id}").save(body="One two", slug="taken")

    assert ("slug" in new["refused"], new["slug"]) == (True, "new")
    assert ("slug" in pending["refused"], pending["slug"]) == (True, "live")


def test_a_text_that_is_too_long_is_refused_with_a_reason(app, make, ines):
    post = make.post("Ours", "One", author=ines, state="draft")

    status, said = Editor(app, ines, f"/write/{post.id}").save(body="x" * (BODY_LENGTH + 1))

    assert (status, said["state"]) == (422, "refused")
    assert "Make two posts of it" in said["errors"]["body"]


def test_a_number_that_is_none_overwrites_nothing(app, make, ines):
    post = make.post("Ours", "One", author=ines, state="draft")
    editor = Editor(app, ines, f"/write/{post.id}")
    Editor(app, ines, f"/write/{post.id}").save(body="One two")

    assert editor.save(edit_number="latest", body="Three")[0] == 409
    assert make.fresh(post).body == "One two"


# What is in the way


def test_after_the_session_is_over_it_says_where_to_sign_in_and_goes_on(app, make, ines):
    post = make.post("Ours", "One", author=ines, state="draft")
    editor = Editor(app, ines, f"/write/{post.id}")
    make.act(lambda: db.session.query(UserSession).delete())

    out = editor.save(body="One two")
    editor.browser.sign_in(ines)
    stale = editor.save()
    editor.fields["csrf_token"] = stale[1]["csrf_token"]
    again = editor.save()

    assert out == (401, {"state": "signed_out", "sign_in": "/login"})
    assert (stale[0], stale[1]["state"]) == (403, "token")
    assert again[1]["state"] == "saved"
    assert make.fresh(post).body == "One two"


def test_another_site_gets_no_token(app, make, ines):
    editor = Editor(app, ines, "/write/new")

    answer = editor.browser.client.post(
        editor.address, base_url=editor.browser.base_url, data={"body": "x"},
        headers=JSON | {"Sec-Fetch-Site": "cross-site"},
    )  # fmt: skip

    assert (answer.status_code, answer.get_json()) == (403, {"state": "refused"})


def test_a_post_in_the_trash_and_one_that_is_gone_are_gone(app, make, ines):
    post = make.post("Ours", "One", author=ines, state="draft")
    editor = Editor(app, ines, f"/write/{post.id}")
    make.act(lambda: db.session.get(Post, post.id).trash(post.created_at))
    trashed = editor.save(body="One two")
    make.act(lambda: db.session.execute(text("DELETE FROM posts")))

    gone = editor.save(body="One two")

    assert [trashed, gone] == [(410, {"state": "gone"}), (404, {"state": "gone"})]


def test_who_may_not_saves_nothing(app, make, ines):
    post = make.post("Hers", "One", author=ines, state="draft")
    editor = Editor(app, ines, f"/write/{post.id}")
    other = Editor(app, make.user("author"), "/write/new")
    other.address = f"/write/{post.id}/autosave"

    assert other.save(body="Mine") == (404, {"state": "gone"})
    make.act(lambda: setattr(db.session.get(type(ines), ines.id), "role", "reader"))
    assert editor.save(body="One two")[0] == 403
    assert make.fresh(post).body == "One"


def test_too_many_saves_are_told_to_wait(app, make, ines):
    post = make.post("Ours", "One", author=ines, state="draft")
    editor = Editor(app, ines, f"/write/{post.id}")
    editor.save(body="One two")
    make.act(lambda: db.session.execute(update(LimitCounter).values(hits=10_000)) and None)

    answer = editor.browser.post(editor.address, editor.fields, headers=JSON).response

    assert (answer.status_code, answer.get_json()) == (429, {"state": "wait"})
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.one_database
def test_while_the_database_is_away_a_script_is_told_to_wait(tmp_path):
    settings = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "INSTANCE_PATH": str(tmp_path)}
    stranded = create_app(config.load(settings | {"SECRET_KEY": SECRET * 2}))

    answer = Browser(stranded).post("/write/new/autosave", {"body": "x"}, headers=JSON).response

    assert (answer.status_code, answer.get_json()) == (503, {"state": "wait"})
    assert answer.headers["Retry-After"] == "10"


# Without a script


@pytest.mark.parametrize("factor", [False, True])
def test_a_plain_form_that_comes_after_the_session_is_saved_after_signing_in(app, make, ines, factor):
    post = make.post("Ours", "One", author=ines, state="draft")
    browser = Browser(app).sign_in(ines)
    browser.get(f"/write/{post.id}")
    make.act(lambda: db.session.query(UserSession).delete())
    long = "My only copy, which is longer than any hidden field would be."
    page = browser.submit(f"/write/{post.id}", body=long)
    assert page.status == 403
    assert long in page.text
    if factor:
        make.authenticator(ines)
    browser.get("/login")
    browser.submit("/login", login=ines.username, password=PASSWORD)
    if factor:
        browser.submit("/login/factor", code=pyotp.TOTP(SECRET).now())
    browser.page = page

    again = browser.submit(f"/write/{post.id}")
    if again.status == 403:  # the form's token is of the session before
        assert long in again.text
        again = browser.submit(f"/write/{post.id}")

    assert again.status == 200
    assert make.fresh(post).body == long


def test_ten_minutes_of_typing_are_one_revision_and_then_the_next_begins(app, make, ines):
    post = make.post("Ours", "", author=ines, state="draft")
    editor = Editor(app, ines, f"/write/{post.id}")
    words = [f"word{number}" for number in range(6)]
    for length in range(1, 4):
        editor.save(body=" ".join(words[:length]))

    def age():
        for one in db.session.scalars(select(Revision)):
            one.created_at -= timedelta(minutes=10)

    make.act(age)
    for length in range(4, 7):
        editor.save(body=" ".join(words[:length]))

    assert [body.count("word") for _, body in kept(make, post)] == [0, 3, 6]
