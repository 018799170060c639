"""Downloading everything of one's own: all of it, nothing of others, no secret."""

import io
import json
import os
import signal
import zipfile
from datetime import timedelta

import pytest
import yaml
from PIL import Image
from sqlalchemy import select, update

from blog import clock
from blog.auth.factors.models import Authenticator, Passkey
from blog.auth.invitations import operations as invitations
from blog.auth.models import Role, User, UserSession
from blog.belongings.making import BeingMade, only_archive
from blog.db import db
from blog.media.current import media_folder
from blog.media.operations import store_picture
from blog.posts.models import Post
from blog.site.models import AuditEvent
from tests.browser_like import Browser


@pytest.fixture
def author(make):
    return make.user("author", username="rosa", display_name="Rosa", bio="Bread and so on.")


def download(browser):
    page = browser.get("/account/data")
    token = page.all("input", name="csrf_token")[0].get("value")
    with browser.post("/account/data/archive", {"csrf_token": token}).response as response:
        assert response.status_code == 200
        return response, zipfile.ZipFile(io.BytesIO(response.get_data()))


def read(archive, name):
    return json.loads(archive.read(name))


def picture(make, user):
    sent = io.BytesIO()
    Image.new("RGB", (30, 20), (9, 9, 99)).save(sent, "PNG")

    def store():
        found = db.session.get(User, user.id)
        media = store_picture(sent.getvalue(), folder=media_folder(), uploader=found, now=clock.now(), alt="A square")
        found.picture_name = media.name
        return media

    return make.act(store)


def test_everything_of_ones_own_is_in_one_file(app, make, author):
    post = make.post(
        "Sourdough",
        "Flour & *water*.",
        author=author,
        tags=["bread", "Ü"],
        excerpt="Slow.",
        series="Loaves",
        series_number=2,
    )
    make.post("Not yet", "A draft.", author=author, state="draft")
    comment = make.comment(post, "I said so.", author=author)
    make.comment(make.post(), "And <b>so</b>.", author=author, parent=None)
    stored = picture(make, author)

    response, archive = download(Browser(app).sign_in(author))

    today = f"{clock.now():%Y-%m-%d}"
    assert response.headers["Content-Disposition"] == f"attachment; filename=rosa-{today}.zip"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert archive.testzip() is None
    (account,) = read(archive, "account.json")
    assert (account["username"], account["email"], account["bio"]) == ("rosa", "rosa@example.org", "Bread and so on.")
    assert {one["body"] for one in read(archive, "comments.json")} == {"I said so.", "And <b>so</b>."}
    assert read(archive, "comments.json")[0]["id"] == comment.id
    assert read(archive, "comments.json")[0]["post"].endswith(f"/posts/{post.slug}")
    assert len(read(archive, "sessions.json")) >= 1
    names = [name for name in archive.namelist() if name.startswith("posts/")]
    assert len(names) == 2
    _, head, body = archive.read(f"posts/{post.id}-sourdough.md").decode().split("---\n", 2)
    particulars = yaml.safe_load(head)
    assert (particulars["title"], particulars["tags"], particulars["excerpt"]) == ("Sourdough", ["bread", "Ü"], "Slow.")
    assert particulars["status"] == "published"
    assert (particulars["series"], particulars["series_number"]) == ("Loaves", 2)
    assert body.strip() == "Flour & *water*."
    assert [one["body"] for one in read(archive, "revisions.json")] == ["Flour & *water*.", "A draft."]
    assert read(archive, "pictures.json")[0]["alt"] == "A square"
    with app.app_context():
        path = media_folder().path_of(stored.name)
    assert archive.read(f"media/{stored.name}") == path.read_bytes()
    assert "rosa" in archive.read("README.txt").decode()


def test_who_has_nothing_gets_lists_without_anything(app, make):
    _, archive = download(Browser(app).sign_in(make.user()))

    assert read(archive, "comments.json") == read(archive, "pictures.json") == read(archive, "invitations.json") == []
    assert [name for name in archive.namelist() if name.startswith(("posts/", "media/"))] == []


def test_revisions_of_ones_posts_and_ones_own_of_others_are_in_it(app, make, author):
    mine, hers = make.post("Mine", "Mine.", author=author), make.post("Hers", "Hers.")
    editor = make.user("editor", username="somebody")
    for browser, post, body in (
        (Browser(app).sign_in(editor), mine, "Mine, edited."),
        (Browser(app).sign_in(editor), hers, "Hers, edited."),
    ):
        browser.get(f"/write/{post.id}")
        browser.submit(f"/write/{post.id}", body=body)

    _, of_author = download(Browser(app).sign_in(author))
    _, of_editor = download(Browser(app).sign_in(editor))

    assert [(one["body"], one["by"]) for one in read(of_author, "revisions.json")] == [
        ("Mine.", "you"),
        ("Mine, edited.", "somebody else"),
    ]
    assert [one["body"] for one in read(of_editor, "revisions.json")] == ["Mine, edited.", "Hers, edited."]


def test_what_the_audit_log_has_is_in_it_without_who_else_acted(app, make, author):
    admin = make.user("admin", username="theboss")
    Browser(app).sign_in(admin).post("/logout")
    boss = Browser(app).sign_in(admin)
    boss.address = "203.0.113.77"
    boss.get(f"/admin/users/{author.id}")
    boss.submit(f"/admin/users/{author.id}", role="editor")

    _, archive = download(Browser(app).sign_in(author))

    activity = read(archive, "activity.json")
    assert {"privilege_permissions_changed", "authn_login_success"} <= {event["event"] for event in activity}
    assert "203.0.113.77" not in json.dumps(activity)
    assert "theboss" not in json.dumps(activity)
    assert {event["by"] for event in activity} == {"you", "somebody else"}


def test_who_was_invited_is_in_it(app, make):
    admin = make.user("admin")
    make.act(
        lambda: invitations.invite(
            Role.AUTHOR, email="kim@example.org", by=db.session.get(User, admin.id), now=clock.now()
        )
    )

    _, archive = download(Browser(app).sign_in(admin))

    (invitation,) = read(archive, "invitations.json")
    assert (invitation["email"], invitation["role"]) == ("kim@example.org", "author")


def test_second_factors_are_named_without_what_they_prove_with(app, make, author):
    key = {"credential_hash": "c" * 64, "credential_id": "the-id", "public_key": "the-key", "sign_count": 0}

    def add():
        now = clock.now()
        db.session.add(Authenticator(user_id=author.id, secret="THESECRET", last_step=0, created_at=now))
        db.session.add(
            Passkey(
                user_id=author.id, is_backup_eligible=False, is_backed_up=False, name="My phone", created_at=now, **key
            )
        )

    browser = Browser(app).sign_in(author)
    make.act(add)

    _, archive = download(browser)

    assert [one["kind"] for one in read(archive, "second-factors.json")] == ["app", "passkey"]
    text = b"".join(archive.read(name) for name in archive.namelist())
    assert b"My phone" in text
    assert not [secret for secret in (b"THESECRET", b"the-id", b"the-key", b"c" * 64) if secret in text]


def test_a_picture_without_its_file_keeps_nobody_from_the_rest(app, make, author):
    stored = picture(make, author)
    with app.app_context():
        media_folder().path_of(stored.name).unlink()

    _, archive = download(Browser(app).sign_in(author))

    assert f"media/{stored.name}" not in archive.namelist()
    assert read(archive, "pictures.json")[0]["name"] == stored.name


def test_downloading_is_on_record_and_asks_for_the_password(app, make, author):
    browser = Browser(app).sign_in(author)
    download(browser)
    long_ago = clock.now() - timedelta(hours=1)
    make.act(lambda: db.session.execute(update(UserSession).values(confirmed_at=long_ago)) and None)

    page = browser.get("/account/data")
    token = page.all("input", name="csrf_token")[0].get("value")
    refused = browser.post("/account/data/archive", {"csrf_token": token})

    assert refused.status in (401, 403)
    assert "application/zip" not in refused.response.headers["Content-Type"]
    events = make.read(lambda: list(db.session.scalars(select(AuditEvent.event))))
    assert events.count("data_exported") == 1


def test_a_disk_that_is_full_is_a_page_and_leaves_nothing(app, make, author, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    browser = Browser(app).sign_in(author)
    page = browser.get("/account/data")
    token = page.all("input", name="csrf_token")[0].get("value")
    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)

    answer = browser.post("/account/data/archive", {"csrf_token": token})

    assert answer.status >= 500
    assert "Traceback" not in answer.html


def ask(browser):
    token = browser.get("/account/data").all("input", name="csrf_token")[0].get("value")
    page = browser.post("/account/data/archive", {"csrf_token": token})
    page.response.close()  # an archive is a file, of which nothing is read
    return page


def test_one_archive_of_an_account_is_made_at_a_time(app, make, author):
    browser, other = Browser(app).sign_in(author), Browser(app).sign_in(make.user())
    with app.app_context():
        instance = media_folder().root.parent

    with only_archive(instance, of=author.id):
        meanwhile, of_another = ask(browser), ask(other)
    afterwards = ask(browser)

    assert (meanwhile.status, of_another.status, afterwards.status) == (429, 200, 200)
    assert "Your copy is being made" in meanwhile.text
    assert f"in {meanwhile.response.headers['Retry-After']} seconds" in meanwhile.text
    assert not list(instance.glob("archive-*"))


def test_an_archive_that_failed_keeps_nobody_from_the_next(app, author, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    browser = Browser(app).sign_in(author)
    with monkeypatch.context() as patched:
        patched.setattr(zipfile.ZipFile, "writestr", full)
        failed = ask(browser)

    assert failed.status >= 500
    assert ask(browser).status == 200


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes as Unix has them")
def test_a_process_that_is_killed_while_it_makes_one_lets_go(tmp_path):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with only_archive(tmp_path, of=7):
            os.write(writing, b"!")
            signal.pause()
    os.read(reading, 1)

    with pytest.raises(BeingMade), only_archive(tmp_path, of=7):
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    with only_archive(tmp_path, of=7):
        pass
    os.close(reading)
    os.close(writing)


def test_many_posts_are_read_a_few_at_a_time(app, make, author, count_queries):
    for number in range(3):
        make.post(f"Post {number}", author=author)
    browser = Browser(app).sign_in(author)
    with count_queries() as few:
        download(browser)
    for number in range(3, 130):
        make.post(f"Post {number}", author=author, tags=["bread"])

    with count_queries() as many:
        _, archive = download(browser)

    assert len([name for name in archive.namelist() if name.startswith("posts/")]) == 130
    assert len(many) <= len(few) + 8


def test_a_comment_does_not_tell_the_address_of_what_its_writer_may_not_read(app, make):
    reader, post = make.user("reader"), make.post("Once open")
    make.comment(post, "I said so.", author=reader)
    make.act(lambda: db.session.execute(update(Post).values(visibility="private")) and None)

    _response, archive = download(Browser(app).sign_in(reader))

    assert [(one["body"], one["post"]) for one in read(archive, "comments.json")] == [("I said so.", None)]
