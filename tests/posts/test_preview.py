"""The preview beside the text: the article alone, for the script of the editor."""

import pytest
from sqlalchemy import func, select

from blog.db import db
from blog.posts.models import BODY_LENGTH, Post
from blog.posts.revisions.models import Revision
from blog.web import limits
from tests.browser_like import Browser

JSON = {"Accept": "application/json"}
TEXT = "## A heading\n\nA **bold** word and <script>alert(1)</script>.\n"


@pytest.fixture
def ines(make):
    return make.user("author", username="ines")


class Pane:
    """Somebody's editor, whose script asks for previews."""

    def __init__(self, app, user, page="/write/new"):
        self.browser = Browser(app).sign_in(user)
        form = self.browser.get(page)
        self.token = form.all("input", name="csrf_token")[0].get("value") if form.status == 200 else ""

    def ask(self, path="/write/preview", **typed):
        answer = self.browser.post(
            path, {"csrf_token": self.token, "title": "Typed", "body": TEXT} | typed, headers=JSON
        )
        return answer.response.status_code, answer.response.get_json()


@pytest.mark.two_databases
def test_a_script_gets_the_article_of_what_is_typed_and_nothing_is_stored(app, make, ines):
    post = make.post("Saved", author=ines, body="As it was saved.")
    pane = Pane(app, ines, f"/write/{post.id}")
    before = _stored(make)

    new = pane.ask()
    status, said = pane.ask(f"/write/{post.id}/preview")

    assert status == 200
    assert said["state"] == "shown"
    assert said["words"] == 7
    assert said["html"].lstrip().startswith("<article")
    assert "<strong>bold</strong>" in said["html"]
    assert "user-content-a-heading" in said["html"]
    assert "<script" not in said["html"]
    assert "<strong>bold</strong>" in new[1]["html"]
    assert _stored(make) == before


def _stored(make):
    """What a save would have changed."""
    posts = select(func.count(Post.id), func.max(Post.updated_at), func.max(Post.edit_number))
    return make.read(lambda: (db.session.execute(posts).one(), db.session.scalar(select(func.count(Revision.id)))))


def test_who_may_not_work_on_a_post_gets_no_preview_of_it(app, make, ines, visitor):
    post = make.post(author=make.user("author"))
    reader = make.user()

    assert Pane(app, ines).ask(f"/write/{post.id}/preview") == (404, {"state": "gone"})
    assert Pane(app, ines).ask("/write/999999/preview")[0] == 404
    assert Pane(app, reader, "/account/").ask() == (403, {"state": "refused"})
    assert visitor.post("/write/preview", {"title": "T"}, headers=JSON).response.get_json()["state"] == "signed_out"


def test_what_can_not_be_saved_is_refused_with_its_reason(app, ines):
    status, said = Pane(app, ines).ask(body="x" * (BODY_LENGTH + 1))

    assert (status, said["state"]) == (422, "refused")
    assert "Make two posts of it." in said["errors"]["body"]


def test_previews_use_nothing_up_of_what_an_editor_may_save_and_are_limited_themselves(app, ines):
    pane = Pane(app, ines)

    statuses = {pane.ask(body="")[0] for _ in range(limits.PREVIEWS_A_MINUTE)}

    assert statuses == {200}
    assert pane.ask() == (429, {"state": "wait"})
    saved = pane.browser.post(
        "/write/new/autosave", {"csrf_token": pane.token, "title": "T", "body": "B"}, headers=JSON
    )
    assert saved.response.get_json()["state"] == "saved"


def test_a_preview_asks_the_database_no_more_for_a_long_text(app, make, ines, count_queries):
    post = make.post(author=ines)
    pane = Pane(app, ines, f"/write/{post.id}")
    with count_queries() as short:
        pane.ask(f"/write/{post.id}/preview")

    with count_queries() as long:
        pane.ask(f"/write/{post.id}/preview", body=TEXT * 200)

    assert len(long) == len(short) <= 20
