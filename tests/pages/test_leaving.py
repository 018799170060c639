"""Leaving: what becomes of an account, of posts, comments and pictures, and who can do it."""

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from blog import clock, jobs
from blog.auth import operations as accounts
from blog.auth.invitations import operations as invitations
from blog.auth.models import AccountToken, Role, User, UserSession
from blog.auth.operations import LastAdmin
from blog.auth.policies import NotAllowed
from blog.belongings import operations, policies
from blog.belongings.operations import Farewell, NoHeir
from blog.belongings.queries import belongings_of, possible_heirs
from blog.comments.counts import wrong_comment_counts
from blog.comments.models import Comment
from blog.comments.operations import hide_comment
from blog.comments.queries import find_comment
from blog.db import db
from blog.media.current import media_folder
from blog.media.files import remove_files
from blog.media.models import Media
from blog.media.operations import store_picture
from blog.media.storage import FRESH
from blog.posts.counts import wrong_counts
from blog.posts.models import Post
from blog.posts.search import index_gaps
from tests.browser_like import Browser

KEEP = Farewell(keep_comments=True)
REMOVE = Farewell(keep_comments=False)


@pytest.fixture
def boss(make):
    return make.user("admin", username="theboss")


@pytest.fixture
def leave(make):
    """Takes an account away, in its own name."""

    def run(user, farewell=KEEP, by=None):
        def act():
            found = db.session.get(User, user.id)
            asking = db.session.get(User, by.id) if by else found
            operations.delete_account(found, farewell, by=asking, now=clock.now())

        return make.act(act)

    return run


def count(make, model, *conditions):
    return make.read(lambda: db.session.scalar(select(func.count()).select_from(model).where(*conditions)))


def is_sound(make):
    """Every kept count and the index are what they should be."""
    assert make.read(lambda: wrong_counts(clock.now())) == []
    assert make.read(wrong_comment_counts) == []
    gaps = make.read(index_gaps)
    assert (gaps.missing, gaps.stale, gaps.strays) == ([], [], [])
    return True


def picture(make, user, shade):
    sent = io.BytesIO()
    Image.new("RGB", (40, 40), (shade, 90, 90)).save(sent, "PNG")

    def store():
        uploader = db.session.get(User, user.id)
        return store_picture(sent.getvalue(), folder=media_folder(), uploader=uploader, now=clock.now())

    return make.act(store)


# The account


def test_a_member_leaves_through_the_page(app, make):
    user = make.user(username="rosa")
    browser, other = Browser(app).sign_in(user), Browser(app).sign_in(user)
    browser.get("/account/data")
    browser.get("/account/deletion")

    page = browser.submit("/account/deletion", certain="y")

    assert "Your account is deleted" in page.text
    assert make.fresh(user) is None
    assert browser.cookie("session") is None
    assert other.get("/account/").location.startswith("/login")
    again = Browser(app).post("/login", {"login": "rosa", "password": "correct horse battery staple"})
    assert again.status == 422


def test_who_is_not_certain_stays(app, make):
    user = make.user()
    browser = Browser(app).sign_in(user)
    browser.get("/account/deletion")

    page = browser.submit("/account/deletion")

    assert page.status == 422
    assert "if you are certain" in page.errors()
    assert make.fresh(user) is not None


def test_sessions_links_and_invitations_go_with_the_account(app, make, boss, leave):
    other = make.user("admin")
    Browser(app).sign_in(other)
    make.act(lambda: accounts.new_reset_link(db.session.get(User, other.id), now=clock.now()))
    invite = lambda: invitations.invite(Role.AUTHOR, email=None, by=db.session.get(User, other.id), now=clock.now())  # noqa: E731
    secret = make.act(invite)

    leave(other)

    assert count(make, UserSession, UserSession.user_id == other.id) == 0
    assert count(make, AccountToken) == 0
    with pytest.raises(invitations.InvitationVoid):
        make.read(lambda: invitations.find_invitation(secret, now=clock.now()))


def test_the_name_is_free_and_goes_to_who_looked_like_it_before(make, leave):
    user, twin = make.user(username="ace"), make.user(username="other")

    def rename():
        found = db.session.get_one(User, twin.id)
        found.username, found.username_skeleton = "асе", None

    make.act(rename)
    leave(user)

    assert make.fresh(twin).username_skeleton == "ace"


def test_the_last_admin_stays(app, make, boss):
    browser = Browser(app).sign_in(boss)
    browser.get("/account/deletion")

    page = browser.submit("/account/deletion", certain="y")

    assert page.status == 422
    assert "You are the last admin" in page.errors()
    assert make.fresh(boss) is not None


def test_of_two_admins_one_can_leave(make, boss, leave):
    other = make.user("admin")

    leave(other)

    with pytest.raises(LastAdmin):
        leave(boss)


@pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR, Role.EDITOR])
def test_nobody_but_admins_takes_anothers_account_away(make, leave, role):
    user = make.user()

    with pytest.raises(NotAllowed):
        leave(user, by=make.user(role))


def test_who_was_put_to_sleep_meanwhile_does_not_leave(make):
    user = make.user()
    make.act(lambda: setattr(db.session.get(User, user.id), "deactivated_at", clock.now()))

    assert not policies.can_delete_account(make.fresh(user), make.fresh(user))


def test_the_audit_log_knows_that_an_account_was_deleted(app, make, boss, leave):
    leave(make.user(username="rosa"))

    assert "The account rosa was deleted" in Browser(app).sign_in(boss).get("/admin/audit").text


def test_a_mail_says_that_the_account_is_gone(app, make, leave):
    with_address, without = make.user(username="rosa"), make.user(email=None)

    leave(with_address)
    leave(without)

    kinds = make.read(lambda: list(db.session.scalars(select(jobs.Job.kind))))
    assert kinds.count("mail") == 1


# Posts


def test_posts_are_handed_over_and_stay_where_they_are(app, make, boss, leave, visitor):
    author, heir = make.user("author"), make.user("author", username="jun")
    posts = [make.post(author=author, tags=["bread"]), make.post(author=author, state="scheduled")]
    draft, own = make.post(author=author, state="draft"), make.post(author=heir)

    leave(author, Farewell(keep_comments=True, heir_id=heir.id))

    assert {make.fresh(post).author_id for post in (*posts, draft, own)} == {heir.id}
    assert make.fresh(heir).post_count == 2
    assert visitor.get(f"/posts/{posts[0].slug}").status == 200
    assert "jun" in visitor.page.text
    assert is_sound(make)


def test_posts_are_removed_for_good_with_what_was_said_about_them(make, boss, leave, visitor):
    author, reader = make.user("author", username="rosa"), make.user()
    post, kept = make.post("Sourdough", author=author, tags=["bread"]), make.post("Rye", tags=["bread"])
    make.post(author=author, state="draft")
    make.post(author=author, state="trashed")
    make.post(author=author, state="scheduled")
    make.comment(post, author=reader)
    elsewhere = make.comment(kept, author=author)

    leave(author, KEEP)

    assert count(make, Post) == 1
    assert count(make, Comment) == 1
    assert make.fresh(elsewhere).author_id is None
    assert [visitor.get(path).status for path in (f"/posts/{post.slug}", "/authors/rosa", "/tags/bread")] == [
        404,
        404,
        200,
    ]
    assert "Sourdough" not in visitor.get("/search?q=sourdough").html.replace("sourdough", "")
    assert is_sound(make)


@pytest.mark.parametrize("heir", ["a reader", "somebody deactivated", "nobody", "the one who leaves"])
def test_only_who_may_write_takes_posts_over(make, boss, leave, heir):
    author = make.user("author")
    make.post(author=author)
    ids = {
        "a reader": make.user().id,
        "somebody deactivated": make.user("author", deactivated_at=clock.now()).id,
        "nobody": 999,
        "the one who leaves": author.id,
    }

    with pytest.raises(NoHeir):
        leave(author, Farewell(keep_comments=True, heir_id=ids[heir]))

    assert make.fresh(author) is not None
    assert count(make, Post) == 1


def test_the_page_says_what_happens_and_asks_who_gets_the_posts(app, make, boss):
    author, jun = make.user("author"), make.user("author", username="jun", display_name="Jun Park")
    make.comment(make.post(author=author))
    make.comment(make.post(author=author, state="published"), author=author)
    browser = Browser(app).sign_in(author)

    page = browser.get("/account/deletion")
    nobody = browser.submit("/account/deletion", posts="hand over", heir="0", certain="y")
    gone = browser.submit("/account/deletion", posts="hand over", heir=str(jun.id), comments="remove", certain="y")

    assert "2 posts" in page.text
    assert "1 comment that others made" in page.text
    assert "There is 1 comment." in page.text
    assert "Jun Park (jun)" in page.text
    assert "Choose who gets the posts" in nobody.errors()
    assert "Your account is deleted" in gone.text
    assert make.fresh(jun).post_count == 2


def test_where_nobody_else_writes_posts_can_only_be_removed(app, make):
    author = make.user("author")
    make.post(author=author)
    browser = Browser(app).sign_in(author)

    page = browser.get("/account/deletion")
    browser.submit("/account/deletion", posts="remove", certain="y")

    assert not page.all("select", name="heir")
    assert count(make, Post) == 0


def test_an_answer_about_the_posts_is_needed(app, make, boss):
    author = make.user("author")
    make.post(author=author)
    browser = Browser(app).sign_in(author)
    browser.get("/account/deletion")

    page = browser.submit("/account/deletion", certain="y")

    assert page.status == 422
    assert "Say what becomes of the posts" in page.errors()
    assert make.fresh(author) is not None


def test_an_heir_who_is_one_no_more_is_noticed(app, make, boss, monkeypatch):
    author, heir = make.user("author"), make.user("author")
    make.post(author=author)
    browser = Browser(app).sign_in(author)
    admin = Browser(app).sign_in(boss)
    for path, one in (("/account/deletion", browser), (f"/admin/users/{author.id}/deletion", admin)):
        one.get(path)
        # The form finds the heir there, the operation no more: somebody was faster.
        monkeypatch.setattr(policies, "can_inherit", lambda *_, **__: False)

        page = one.submit(path, posts="hand over", heir=str(heir.id), certain="y")

        monkeypatch.undo()
        assert page.status == 422
        assert "can’t take the posts any more" in page.errors()
    assert make.fresh(author) is not None


# Comments


def test_comments_stay_without_a_name_and_threads_hold_together(make, leave, visitor):
    post, reader, other = make.post(), make.user(username="rosa"), make.user(username="jun")
    first = make.comment(post, "First words.", author=reader)
    answer = make.comment(post, "An answer.", author=other, parent=first)
    make.comment(post, "And more.", author=reader, parent=answer)

    leave(reader, KEEP)

    page = visitor.get(f"/posts/{post.slug}")
    assert "First words." in page.text
    names = ["".join(heading.itertext()) for heading in page.all("h3")]
    assert names.count("Somebody who has left") == 2
    assert "rosa" not in page.html
    assert "3 comments" in page.text
    assert is_sound(make)


def test_comments_are_removed_and_the_answers_stay(make, leave, visitor):
    post, reader, other = make.post(), make.user(username="rosa"), make.user(username="jun")
    first = make.comment(post, "First words.", author=reader)
    make.comment(post, "An answer.", author=other, parent=first)
    make.comment(post, "On my own.", author=reader)
    hidden = make.comment(post, "Hidden words.", author=reader)
    make.act(lambda: hide(hidden))

    leave(reader, REMOVE)

    page = visitor.get(f"/posts/{post.slug}")
    assert "An answer." in page.text
    assert "First words." not in page.text
    assert "On my own." not in page.text
    assert "1 comment" in page.text
    assert count(make, Comment, Comment.body.in_(["First words.", "On my own.", "Hidden words."])) == 0
    assert is_sound(make)


def hide(comment):
    found = find_comment(comment.id, None, clock.now())
    hide_comment(found, by=db.session.get(User, found.post.author_id), now=clock.now())


def test_comments_of_who_has_left_can_be_read_hidden_and_answered(app, make, leave):
    author, reader = make.user("author"), make.user()
    comment = make.comment(make.post("A post", author=author), "Kept words.", author=reader)
    leave(reader, KEEP)
    browser = Browser(app).sign_in(author)

    received = browser.get("/write/comments")
    moved = browser.get(f"/comments/{comment.id}", follow=True)

    assert "Somebody who has left" in received.text
    assert "Kept words." in moved.text
    make.act(lambda: hide(comment))
    assert "Kept words." not in Browser(app).get(moved.url).text
    assert is_sound(make)


# Pictures


def test_the_picture_of_a_profile_goes_and_its_file_later(app, make, boss, leave, visitor):
    user = make.user()
    stored = picture(make, user, 1)
    make.act(lambda: setattr(db.session.get(User, user.id), "picture_name", stored.name))
    path = Path(app.config["INSTANCE_PATH"]) / "media" / stored.name

    leave(user)

    assert visitor.get(stored.url).status == 404
    payload = make.read(
        lambda: db.session.scalar(select(jobs.Job.payload).where(jobs.Job.kind == "media.remove_files"))
    )
    assert payload == {"names": [stored.name]}
    make.act(lambda: remove_files(payload))
    assert path.is_file()  # too fresh: an upload of the same picture may be on its way
    assert count(make, jobs.Job, jobs.Job.kind == "media.remove_files") == 2
    old = (clock.now() - 2 * FRESH).timestamp()
    os.utime(path, (old, old))
    make.act(lambda: remove_files(payload))
    assert not path.exists()
    make.act(lambda: remove_files(payload))


def test_a_file_that_was_brought_again_stays(app, make, leave, visitor):
    user = make.user()
    stored = picture(make, user, 2)
    make.act(lambda: setattr(db.session.get(User, user.id), "picture_name", stored.name))
    leave(user)
    path = Path(app.config["INSTANCE_PATH"]) / "media" / stored.name
    old = (clock.now() - 2 * FRESH).timestamp()
    os.utime(path, (old, old))

    again = picture(make, make.user(), 2)
    make.act(lambda: remove_files({"names": [stored.name, "no name"]}))

    assert again.name == stored.name
    assert clock.now().timestamp() - path.stat().st_mtime < timedelta(minutes=1).total_seconds()
    assert visitor.get(stored.url).status == 200


def test_pictures_that_others_need_stay(make, boss, leave, visitor):
    author, other = make.user("author"), make.user("author")
    in_text, leading, of_profile, unused = (picture(make, author, shade) for shade in (10, 20, 30, 40))
    make.post(body=f"Look: ![A picture]({in_text.url})", author=other)
    post = make.post(author=other)
    make.act(lambda: setattr(db.session.get(Post, post.id), "picture_id", leading.id))
    make.act(lambda: setattr(db.session.get(User, other.id), "picture_name", of_profile.name))
    make.post(body=f"Mine: ![A picture]({unused.url})", author=author)

    leave(author, KEEP)

    left = make.read(lambda: set(db.session.scalars(select(Media.name))))
    assert left == {in_text.name, leading.name, of_profile.name}


def test_pictures_stay_with_posts_that_are_handed_over(make, boss, leave):
    author, heir = make.user("author"), make.user("author")
    stored = picture(make, author, 5)
    make.post(author=author)

    leave(author, Farewell(keep_comments=True, heir_id=heir.id))

    assert make.fresh(stored).uploader_id is None


# Admins


def test_an_admin_takes_an_account_away(app, make, boss):
    user = make.user("author", username="rosa", display_name="Rosa")
    make.post(author=user)
    browser = Browser(app).sign_in(boss)
    browser.get(f"/admin/users/{user.id}")
    page = browser.get(f"/admin/users/{user.id}/deletion")

    refused = browser.submit(f"/admin/users/{user.id}/deletion", posts="hand over", heir=str(boss.id))
    done = browser.submit(f"/admin/users/{user.id}/deletion", posts="hand over", heir=str(boss.id), certain="y")

    assert "Delete the account of Rosa" in page.text
    assert refused.status == 422
    assert "The account is deleted" in done.text
    assert make.fresh(user) is None
    assert make.fresh(boss).post_count == 1


def test_an_admin_leaves_through_their_own_page(app, make, boss):
    browser = Browser(app).sign_in(boss)

    assert browser.get(f"/admin/users/{boss.id}/deletion").location == "/account/deletion"
    assert browser.get("/admin/users/999/deletion").status == 404


def test_what_somebody_has_is_counted_by_state(make, boss):
    author = make.user("author")
    make.comment(make.post(author=author))
    make.post(author=author, state="trashed")

    def look():
        found = belongings_of(db.session.get(User, author.id))
        return found, found.has_any, [one.id for one in possible_heirs(db.session.get(User, author.id))]

    found, has_any, heirs = make.read(look)
    assert (found.posts, found.answers, found.comments, found.pictures) == (2, 1, 0, 0)
    assert has_any
    assert heirs == [boss.id]


@pytest.mark.one_database
@pytest.mark.parametrize(("count", "words"), [(1, "There is 1 post, drafts"), (2, "There are 2 posts, drafts")])
def test_the_page_counts_posts_in_good_words(app, make, count, words):
    author = make.user("author")
    for number in range(count):
        make.post(f"Post {number}", author=author)

    assert words in Browser(app).sign_in(author).get("/account/deletion").text
