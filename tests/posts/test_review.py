"""In review: an author hands a post to the editors, who publish it or send it back; and who may publish at all."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from blog import clock
from blog.auth.models import User
from blog.auth.policies import NotAllowed
from blog.db import db
from blog.markdown import render_post
from blog.posts import operations
from blog.posts.models import Post, PostStatus
from blog.posts.notes.models import PostNote
from blog.posts.operations import Draft, NotADraft, NothingToPublish, NotInReview
from blog.posts.revisions.models import RevisionKind
from blog.posts.revisions.queries import pending_of
from blog.posts.revisions.texts import Text
from blog.site.models import AuditEvent
from blog.site.settings import Publishers
from tests.browser_like import Browser
from tests.posts.test_bulk_acts import act, agree
from tests.posts.test_desk_lists import tab_counts, titles


@pytest.fixture
def ines(make):
    return make.user("author", username="ines", display_name="Ines")


@pytest.fixture
def author(app, ines):
    """Her browser."""
    return Browser(app).sign_in(ines)


@pytest.fixture
def tomas(make):
    return make.user("editor", username="tomas", display_name="Tomas")


@pytest.fixture
def editor(app, tomas):
    """His browser."""
    return Browser(app).sign_in(tomas)


@pytest.fixture
def approved(make):
    """Only editors publish."""
    make.settings(publishers=Publishers.EDITORS)


def press(browser, post, address, *, follow=True, **fields):
    """Open the editor and press one of its buttons."""
    browser.get(f"/write/{post.id}")
    return send(browser, post, address, follow=follow, **fields)


def send(browser, post, address, *, follow=True, **fields):
    """Press a button of the editor that stands open."""
    return browser.submit(f"/write/{post.id}", via=f"/write/{post.id}/{address}", follow=follow, **fields)


def status(make, post):
    return make.fresh(post).status


def events(make, post):
    """What the audit log has of the post, without saves and notes."""
    rows = select(AuditEvent.event).where(AuditEvent.subject_kind == "post", AuditEvent.subject_id == post.id)
    return [one for one in make.read(lambda: db.session.scalars(rows.order_by(AuditEvent.id)).all())
            if one not in ("post_created", "post_updated", "post_note_created")]  # fmt: skip


def notes(make):
    return make.read(lambda: db.session.execute(select(PostNote.body, PostNote.sends_back)).all())


def do(make, operation, post, by, *args, **kwargs):
    """An operation, by somebody."""
    return make.act(lambda: operation(db.session.get(Post, post.id), *args, by=db.session.get(User, by.id), **kwargs))


def buttons(page):
    return {" ".join("".join(one.itertext()).split()) for one in page.all("button")}


# Handing it in, taking it back


def test_an_author_submits_what_is_in_the_editor_and_may_go_on_writing(make, ines, author, visitor):
    post = make.post("Begun", author=ines, state="draft")

    page = press(author, post, "review", body="All of it.")
    author.submit(f"/write/{post.id}", title="Done")

    now = make.fresh(post)
    assert "Submitted for review" in page.text
    assert "In review" in page.text
    assert (now.status, now.body, now.title, now.slug) == (PostStatus.IN_REVIEW, "All of it.", "Done", "done")
    assert now.submitted_at
    assert visitor.get("/posts/done").status == 404
    assert events(make, post) == ["post_submitted"]


def test_a_new_post_is_submitted_in_one_go(make, author):
    author.get("/write/new")

    page = author.submit("/write/new", via="/write/new/review", title="One", body="Here.")

    assert "Submitted for review" in page.text
    assert make.read(lambda: db.session.query(Post).one().status) is PostStatus.IN_REVIEW


@pytest.mark.parametrize("fields", [{"title": "", "body": "Text"}, {"title": "Title", "body": ""}])
def test_what_has_no_title_or_no_text_is_saved_but_not_submitted(make, ines, author, fields):
    post = make.post("Begun", author=ines, state="draft")

    page = press(author, post, "review", **fields)

    assert "Saved, but not submitted" in page.text
    assert (status(make, post), make.fresh(post).body) == (PostStatus.DRAFT, fields["body"])


def test_what_is_submitted_twice_is_submitted_once(make, ines, author, outbox):
    make.user("editor", username="tomas")
    post = make.post("One", author=ines, state="draft")
    opened = author.get(f"/write/{post.id}")

    pages = [send(author, post, "review", follow=False).status]
    author.page = opened
    pages.append(send(author, post, "review", follow=False).status)

    assert pages == [303, 303]
    assert events(make, post) == ["post_submitted"]
    assert len(outbox.to("tomas@example.org")) == 1


@pytest.mark.parametrize("state", ["published", "scheduled"])
def test_what_is_published_is_not_submitted(make, ines, author, state):
    post = make.post("Out", author=ines, state=state)

    page = press(author, post, "review")

    assert "no draft any more" in page.text
    assert status(make, post) is PostStatus.PUBLISHED


def test_the_author_withdraws_it_and_what_was_typed_is_kept(make, ines, author):
    post = make.post("One", author=ines, state="in_review")

    page = press(author, post, "review/deletion", body="Better.")
    again = do(make, operations.withdraw_post, post, ines)

    assert "Withdrawn" in page.text
    assert again is None
    assert (status(make, post), make.fresh(post).body) == (PostStatus.DRAFT, "Better.")
    assert events(make, post) == ["post_submitted", "post_withdrawn"]


def test_withdrawing_what_an_editor_has_published_leaves_it_published(make, ines, tomas, author):
    post = make.post("One", author=ines, state="in_review")
    author.get(f"/write/{post.id}")
    do(make, operations.publish_post, post, tomas, at=clock.now(), now=clock.now())

    page = send(author, post, "review/deletion")

    assert "not in review any more" in page.text
    assert status(make, post) is PostStatus.PUBLISHED


def test_a_co_author_submits_and_an_editor_who_did_not_write_it_does_not(app, make, ines, editor):
    second = make.user("author", "second")
    post = make.post("One", author=ines, state="draft", co_authors=("second",))
    token = editor.get("/write/syntax").all("input", name="csrf_token")[0].get("value")

    refused = editor.post(f"/write/{post.id}/review", {"csrf_token": token})
    was = status(make, post)
    press(Browser(app).sign_in(second), post, "review")

    assert (refused.status, was) == (403, PostStatus.DRAFT)
    assert status(make, post) is PostStatus.IN_REVIEW


def test_what_is_in_review_is_trashed_and_restored_as_a_draft_and_made_one(make, ines, author):
    first, second = (make.post(f"Post {n}", author=ines, state="in_review") for n in "12")

    press(author, first, "trashing")
    author.get(f"/write/{first.id}")
    author.submit(f"/write/{first.id}/restoration")
    act(author, "review", "unpublish", second)

    assert [status(make, one) for one in (first, second)] == [PostStatus.DRAFT, PostStatus.DRAFT]


def test_autosave_goes_into_the_post_in_review(make, ines, author):
    post = make.post("One", author=ines, state="in_review")
    author.get(f"/write/{post.id}")

    send(author, post, "autosave", follow=False, body="By itself.", visibility="unlisted")

    now = make.fresh(post)
    assert (now.body, now.visibility, now.status) == ("By itself.", "unlisted", PostStatus.IN_REVIEW)


# Approving, sending back


def test_an_editor_publishes_it_and_its_authors_are_told(make, ines, author, editor, visitor, outbox):
    post = make.post("One", author=ines, state="in_review")

    page = press(editor, post, "review/approval", body="Read and mended.")

    (mail,) = outbox.to("ines@example.org")
    assert "Published" in page.text
    assert "Read and mended." in visitor.get("/posts/one").text
    assert mail["Subject"] == "Published: One · My blog"
    assert "/posts/one" in mail.get_content()
    assert make.fresh(post).submitted_at is None


def test_an_editor_schedules_it(make, ines, editor, outbox):
    post = make.post("One", author=ines, state="in_review")

    page = press(editor, post, "review/approval", publish_at="2090-05-01T07:00")

    assert "Scheduled for 1 May 2090" in page.text
    assert outbox.to("ines@example.org")[0]["Subject"] == "Scheduled: One · My blog"


def test_an_editor_sends_it_back_with_a_note_that_its_author_sees(make, ines, author, editor, outbox):
    post = make.post("One", author=ines, state="in_review")

    page = press(editor, post, "review/return", review_note="Who says <so>?\nSee https://example.org/a", body="Mended.")

    (mail,) = outbox.to("ines@example.org")
    banner = author.get(f"/write/{post.id}")
    assert "Sent back" in page.text
    assert (status(make, post), make.fresh(post).body) == (PostStatus.DRAFT, "Mended.")
    assert notes(make) == [("Who says <so>?\nSee https://example.org/a", True)]
    assert "Tomas sent it back: Who says <so>?" in banner.text
    assert "https://example.org/a" in banner.links()
    assert "Sent back" in author.get(f"/write/{post.id}/notes").text
    assert mail["Subject"] == "Sent back: One · My blog"
    assert "Who says <so>?\nSee https://example.org/a" in mail.get_content().replace("\r\n", "\n")
    assert events(make, post)[-1] == "post_sent_back"


def test_the_note_of_the_last_review_is_shown_until_the_next_one(make, ines, author, editor):
    post = make.post("One", author=ines, state="in_review")
    press(editor, post, "review/return", review_note="Shorter.")

    shown = ["Shorter." in author.get(f"/write/{post.id}").text]
    press(author, post, "review")
    shown.append("Shorter." in author.get(f"/write/{post.id}").text)
    press(author, post, "review/deletion")
    shown.append("Shorter." in author.get(f"/write/{post.id}").text)

    assert shown == [True, False, False]


def test_a_note_that_only_stands_beside_a_draft_is_no_banner(make, ines, tomas, author):
    post = make.post("One", author=ines, state="in_review")
    make.act(lambda: db.session.add(PostNote(post_id=post.id, author_id=tomas.id, body="Hm.", created_at=clock.now())))

    press(author, post, "review/deletion")

    assert "Hm." not in author.get(f"/write/{post.id}").text


@pytest.mark.parametrize(("note", "said"), [(" \n", "Write what is to be done"), ("x" * 2001, "at most 2000")])
def test_without_a_note_nothing_is_sent_back_and_what_was_typed_stays(make, ines, editor, note, said):
    post = make.post("One", author=ines, state="in_review")

    page = press(editor, post, "review/return", review_note=note, body="Typed.")

    assert page.status == 422
    assert said in page.text
    assert page.one("textarea", id="body").text.strip() == "Typed."
    assert page.one("textarea", id="review_note").text.strip() == note.strip()
    assert status(make, post) is PostStatus.IN_REVIEW


def test_an_author_neither_approves_nor_sends_back(make, ines, author):
    post = make.post("One", author=ines, state="in_review")
    page = author.get(f"/write/{post.id}")

    refused = [send(author, post, f"review/{what}", title="T").status for what in ("approval", "return")
               if author.get(f"/write/{post.id}")]  # fmt: skip

    assert refused == [403, 403]
    assert "Send back" not in buttons(page)
    assert (status(make, post), make.fresh(post).title) == (PostStatus.IN_REVIEW, "One")
    for operation, more in ((operations.send_back_post, ("No.",)), (operations.approve_post, ())):
        with pytest.raises(NotAllowed):
            do(make, operation, post, ines, *more, now=clock.now(), **({} if more else {"at": clock.now()}))


def test_one_editor_approves_while_another_sends_it_back(app, make, ines, editor, visitor):
    post = make.post("One", author=ines, state="in_review")
    other = Browser(app).sign_in(make.user("editor", display_name="Vera"))
    for browser in (editor, other):
        browser.get(f"/write/{post.id}")

    send(editor, post, "review/approval")
    page = send(other, post, "review/return", review_note="Not yet.")

    assert "Not sent back" in page.text
    assert visitor.get("/posts/one").status == 200
    assert notes(make) == [("Not yet.", False)]


def test_one_editor_sends_it_back_while_another_approves(app, make, ines, editor, visitor):
    post = make.post("One", author=ines, state="in_review")
    other = Browser(app).sign_in(make.user("editor", display_name="Vera"))
    for browser in (editor, other):
        browser.get(f"/write/{post.id}")

    send(editor, post, "review/return", review_note="Not yet.")
    page = send(other, post, "review/approval")

    assert "Not published: somebody else sent it back" in page.text
    assert "Not yet." in page.text
    assert visitor.get("/posts/one").status == 404


def test_what_was_approved_twice_was_published_once(app, make, ines, editor):
    post = make.post("One", author=ines, state="in_review")
    other = Browser(app).sign_in(make.user("editor"))
    for browser in (editor, other):
        browser.get(f"/write/{post.id}")

    send(editor, post, "review/approval")
    at = make.fresh(post).published_at
    page = send(other, post, "review/approval")

    assert page.url == "/posts/one"
    assert make.fresh(post).published_at == at
    assert events(make, post) == ["post_submitted", "post_published"]


def test_a_note_is_not_lost_when_the_author_saved_meanwhile(make, ines, author, editor):
    post = make.post("One", "First.\n\nSecond.", author=ines, state="in_review")
    editor.get(f"/write/{post.id}")
    press(author, post, "autosave", follow=False, body="First, better.\n\nSecond.")

    send(editor, post, "review/return", review_note="Shorter.", body="First.\n\nSecond, mended.")

    assert make.fresh(post).body == "First, better.\n\nSecond, mended."
    assert notes(make) == [("Shorter.", True)]


def test_what_the_author_changed_meanwhile_is_read_before_it_is_published(make, ines, author, editor):
    post = make.post("One", "First.\n\nSecond.", author=ines, state="in_review")
    editor.get(f"/write/{post.id}")
    press(author, post, "autosave", follow=False, body="First, better.\n\nSecond.")

    page = send(editor, post, "review/approval", body="First.\n\nSecond, mended.")

    assert "read them first" in page.text
    assert status(make, post) is PostStatus.IN_REVIEW


# Mail


def test_editors_are_told_of_what_was_submitted_and_authors_are_not(make, ines, author, outbox):
    for role, name in (("editor", "tomas"), ("admin", "ada"), ("author", "other"), ("reader", "rosa")):
        make.user(role, username=name)
    make.user("editor", username="gone", deactivated_at=clock.now())
    post = make.post("One", author=ines, state="draft")

    press(author, post, "review")

    told = {name: len(outbox.to(f"{name}@example.org")) for name in ("tomas", "ada", "other", "rosa", "gone", "ines")}
    assert told == {"tomas": 1, "ada": 1, "other": 0, "rosa": 0, "gone": 0, "ines": 0}
    assert f"/write/{post.id}" in outbox.to("tomas@example.org")[0].get_content()


def test_submitting_again_and_again_does_not_flood_the_editors(make, ines, tomas, author, outbox):
    post = make.post("One", author=ines, state="draft")

    for _ in range(5):
        do(make, operations.submit_post, post, ines, now=clock.now())
        do(make, operations.withdraw_post, post, ines)

    assert len(outbox.to("tomas@example.org")) == 3


def test_who_publishes_their_own_is_not_told(make, ines, author, outbox):
    post = make.post("One", author=ines, state="draft")

    press(author, post, "publication")

    assert outbox.to("ines@example.org") == []


@pytest.mark.usefixtures("no_mail")
def test_without_mail_everything_works(make, ines, author, editor, visitor):
    post = make.post("One", author=ines, state="draft")

    press(author, post, "review")
    press(editor, post, "review/return", review_note="Shorter.")
    press(author, post, "review")
    press(editor, post, "review/approval")

    assert visitor.get("/posts/one").status == 200


# Who publishes


def test_where_editors_publish_an_author_is_offered_to_submit(make, ines, author, approved):
    post = make.post("One", author=ines, state="draft")

    page = author.get(f"/write/{post.id}")

    assert "Submit for review" in buttons(page)
    assert "Publish" not in buttons(page)
    assert not page.all("input", name="publish_at")


def test_where_authors_publish_they_may_submit_too(make, ines, author, editor):
    post = make.post("One", author=ines, state="draft")

    assert {"Submit for review", "Publish"} <= buttons(author.get(f"/write/{post.id}"))
    assert "Submit for review" not in buttons(editor.get(f"/write/{post.id}"))


@pytest.mark.parametrize("state", ["draft", "in_review", "scheduled", "published"])
def test_where_editors_publish_an_author_does_not(make, ines, author, approved, state):
    with_editor = make.post("One", author=ines, state="draft")
    if state != "draft":
        make.settings(publishers=Publishers.AUTHORS)
        with_editor = make.post("Two", author=ines, state=state)
        make.settings(publishers=Publishers.EDITORS)
    before = make.fresh(with_editor)

    page = press(author, with_editor, "publication", title="Another")

    after = make.fresh(with_editor)
    assert page.status == 403
    assert (after.status, after.title, after.published_at) == (before.status, before.title, before.published_at)


def test_where_editors_publish_a_new_post_is_not_published_by_its_author(make, author, approved):
    author.get("/write/new")

    page = author.submit("/write/new", via="/write/new/publication", title="One", body="Here.")

    assert page.status == 403
    assert make.read(lambda: db.session.query(Post).count()) == 0


def test_where_editors_publish_several_posts_of_an_author_stay_drafts(make, ines, author, approved):
    post = make.post("One", author=ines, state="draft")

    page = act(author, "drafts", "publish", post)

    assert "submit it for review" in page.text
    assert status(make, post) is PostStatus.DRAFT
    assert "Publish" not in buttons(author.get("/write/drafts"))


def test_where_editors_publish_an_author_changes_nothing_that_readers_see(make, ines, author, visitor, approved):
    post = published(make, ines, "One", "As approved.")

    page = author.get(f"/write/{post.id}")
    saved = author.submit(f"/write/{post.id}", body="Changed.")
    tagged = act(author, "published", "tag", post, tag="Bread")

    assert "readers see it once an editor publishes it" in page.text
    assert not page.all("input", name="visibility")
    assert "Saved. Readers see it once an editor publishes it." in saved.text
    assert "As approved." in visitor.get("/posts/one").text
    assert make.read(lambda: pending_of(post.id).kind) is RevisionKind.PENDING
    assert "changes that readers do not see" in tagged.text
    discarded = press(author, post, "pending/deletion")
    assert "Changed." not in discarded.text
    assert "submit it for review" in act(author, "published", "tag", post, tag="Bread").text
    with pytest.raises(NotAllowed):
        do(make, operations.change_tags, post, ines, add="Bread", now=clock.now())
    with pytest.raises(NotAllowed):
        do(make, operations.save_post, post, ines, Draft(Text("T", "B"), render_post("B")),
           edit_number=make.fresh(post).edit_number, now=clock.now())  # fmt: skip


def published(make, author, title, body):
    """What an editor let out, or the author did before they had to ask."""
    make.settings(publishers=Publishers.AUTHORS)
    post = make.post(title, body, author=author)
    make.settings(publishers=Publishers.EDITORS)
    return post


def test_an_editor_publishes_the_change_of_an_author_with_update(make, ines, author, editor, visitor, approved):
    post = published(make, ines, "One", "As approved.")
    author.get(f"/write/{post.id}")
    author.submit(f"/write/{post.id}", body="Changed.")

    editor.get(f"/write/{post.id}")
    editor.submit(f"/write/{post.id}")

    assert "Changed." in visitor.get("/posts/one").text


def test_where_editors_publish_an_author_chooses_no_other_readers_of_what_is_out(make, ines, author, approved):
    post = published(make, ines, "One", "Here.")
    page = author.get(f"/write/{post.id}")
    fields = {name: page.all("input", name=name)[0].get("value") for name in ("csrf_token", "edit_number")}

    refused = author.post(
        f"/write/{post.id}", fields | {"title": "One", "visibility": "private", "visibility_was": "public"}
    )

    assert refused.status == 403
    assert make.fresh(post).visibility == "public"


def test_where_editors_publish_an_author_takes_their_own_back(make, ines, author, visitor, approved):
    post = published(make, ines, "One", "Here.")

    author.get(f"/write/{post.id}")
    author.submit(f"/write/{post.id}/publication/deletion")

    assert visitor.get("/posts/one").status == 404
    assert status(make, post) is PostStatus.DRAFT


def test_an_editor_publishes_their_own_wherever(make, tomas, editor, visitor, approved):
    post = make.post("Mine", author=tomas, state="draft")

    press(editor, post, "publication")

    assert visitor.get("/posts/mine").status == 200


# Where it is seen


def test_editors_find_what_waits_in_a_tab_and_admins_on_their_page(app, make, ines, author, editor):
    make.post("One", author=ines, state="in_review")
    make.post("Two", author=ines, state="draft")

    page = editor.get("/write/review")
    desk = Browser(app).sign_in(make.user("admin")).get("/admin/")

    assert titles(page) == ["One"]
    assert tab_counts(page) == {"Drafts": "1", "In review": "1", "Scheduled": "0", "Published": "0", "Trash": "0"}
    assert tab_counts(editor.get("/write/review?q=none"))["In review"] == "0"
    assert "Post waits for an editor" in desk.text
    assert "/write/review" in desk.links()


def test_several_posts_in_review_are_published_at_once(make, ines, editor, visitor):
    posts = [make.post(f"Post {number}", author=ines, state="in_review") for number in "12"]

    act(editor, "review", "publish", *posts)
    agree(editor)

    assert [visitor.get(f"/posts/post-{number}").status for number in "12"] == [200, 200]


def test_an_admin_says_who_publishes(app, make):
    admin = Browser(app).sign_in(make.user("admin"))
    admin.get("/admin/settings")

    page = admin.submit("/admin/settings", publishers="editors")
    refused = admin.submit("/admin/settings", publishers="everybody")

    assert "The settings are saved." in page.text
    assert refused.status == 422
    assert page.one("input", name="publishers", value="editors").get("checked") is not None
    assert "Who publishes posts: authors by themselves → only editors and admins" in admin.get("/admin/audit").text


# The operations


def test_operations_say_why_not(make, ines, tomas):
    now = clock.now()
    bare, out = make.post("", author=ines, state="draft"), make.post("Out", author=ines)
    draft, trashed = make.post("Draft", author=ines, state="draft"), make.post("Gone", author=ines, state="trashed")

    for post, error in ((bare, NothingToPublish), (out, NotADraft), (trashed, NotADraft)):
        with pytest.raises(error):
            do(make, operations.submit_post, post, ines, now=now)
    for post in (out, trashed):
        with pytest.raises(NotInReview):
            do(make, operations.withdraw_post, post, ines)
    for post in (draft, trashed):
        with pytest.raises(NotInReview):
            do(make, operations.approve_post, post, tomas, at=now, now=now)


def test_what_was_published_after_a_review_is_submitted_afresh(make, ines, tomas, author):
    now = clock.now()
    post = make.post("One", author=ines, state="in_review")
    do(make, operations.send_back_post, post, tomas, "Shorter.", now=now + timedelta(seconds=1))
    do(make, operations.publish_post, post, tomas, at=now, now=now)
    do(make, operations.unpublish_post, post, ines, now=now)

    assert "Shorter." not in author.get(f"/write/{post.id}").text
