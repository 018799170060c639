"""Attacks on what belongs to a person: reading what is another's, taking an account away, being cut short."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from blog import clock
from blog.auth import operations as accounts
from blog.auth.models import AccountToken, KnownDevice, Role, User, UserSession
from blog.auth.operations import LastAdmin
from blog.auth.policies import NotAllowed
from blog.belongings import operations
from blog.belongings.operations import Farewell
from blog.comments.models import Comment
from blog.db import db
from blog.posts.models import Post
from blog.site.models import AuditEvent
from tests.browser_like import Browser
from tests.together import at_once


def archive_of(app, user):
    browser = Browser(app).sign_in(user)
    token = browser.get("/account/data").all("input", name="csrf_token")[0].get("value")
    data = {"csrf_token": token, "user": "1", "user_id": "1", "id": "1", "username": "victim"}
    with browser.post("/account/data/archive?user_id=1&username=victim", data).response as response:
        return zipfile.ZipFile(io.BytesIO(response.get_data()))


def contents(archive):
    return b"\n".join(archive.read(name) for name in archive.namelist())


# V8.2.2, 42. IDOR on the export


def test_the_archive_holds_nothing_of_others_whatever_is_asked_for(app, make):
    victim = make.user("author", username="victim", email="victim@example.org")
    mallory = make.user("author", username="mallory")
    make.post("A secret draft", "Not for mallory.", author=victim, state="draft")
    post = make.post("A post of mallory", author=mallory)
    make.comment(post, "Said by the victim.", author=victim)
    Browser(app).sign_in(victim)

    archive = archive_of(app, mallory)

    assert b"A post of mallory" in contents(archive)
    for secret in (b"A secret draft", b"Not for mallory", b"victim@example.org", b"Said by the victim"):
        assert secret not in contents(archive)


def test_the_next_account_does_not_inherit_the_audit_log_of_one_that_is_gone(app, make):
    """By itself SQLite gives the highest id out again."""
    victim = make.user(username="victim")
    Browser(app, address="192.0.2.77").sign_in(victim)

    def leave():
        user = db.session.get(User, victim.id)
        operations.delete_account(user, Farewell(keep_comments=True), by=user, now=clock.now())

    make.act(leave)
    heir = make.user()

    assert heir.id > victim.id
    assert b"victim" not in archive_of(app, heir).read("activity.json")
    assert b"192.0.2.77" not in archive_of(app, heir).read("activity.json")


def test_the_archive_has_nothing_of_before_the_account_was_made(app, make):
    user = make.user()
    before = {"at": user.created_at - timedelta(seconds=1), "address": "192.0.2.77", "actor_id": user.id}
    line = insert(AuditEvent).values(event="authn_login_success", via="web", details={}, **before)
    make.act(lambda: db.session.execute(line) and None)

    assert b"192.0.2.77" not in archive_of(app, user).read("activity.json")


def test_the_archive_holds_no_secret_and_no_hash(app, make):
    user = make.user("author", username="mallory")
    make.act(lambda: accounts.new_reset_link(db.session.get(User, user.id), now=clock.now()))

    text = contents(archive_of(app, user))

    def secrets():
        yield db.session.get(User, user.id).password_hash
        for model in (UserSession, AccountToken, KnownDevice):
            yield from db.session.scalars(select(model.token_hash))

    found = make.read(lambda: list(secrets()))
    assert len(found) >= 4
    assert all(secret.encode() not in text for secret in found)
    assert not re.search(rb"argon2|[0-9a-f]{64}|_hash", text)


def test_nobody_downloads_without_signing_in_or_from_elsewhere(app, make, visitor):
    browser = Browser(app).sign_in(make.user())

    stranger = visitor.post("/account/data/archive", {})
    forged = browser.post("/account/data/archive", {}, headers={"Sec-Fetch-Site": "cross-site"})
    opened = browser.get("/account/data/archive")

    assert (stranger.status, forged.status, opened.status) in [(401, 403, 405), (403, 403, 405)]


def test_names_in_an_archive_lead_nowhere_else(app, make):
    author = make.user("author", username="mallory")
    make.post("../../etc/passwd", author=author)
    make.post("C:\\windows\\system32", author=author)
    make.post("\u202egnp.exe", author=author, slug="....//....//x")

    names = archive_of(app, author).namelist()

    assert all(re.fullmatch(r"[\w.-]+|posts/\d+-[\w-]+\.md|media/[0-9a-f/.a-z]+", name) for name in names)


def test_front_matter_cannot_be_broken_out_of(app, make):
    author = make.user("author", username="mallory")
    make.post("A\n---\nrole: admin\n---", "Text", author=author)

    archive = archive_of(app, author)

    (name,) = [name for name in archive.namelist() if name.startswith("posts/")]
    assert "\nrole: admin" not in archive.read(name).decode()


# 16. There is no CSV: cells that a spreadsheet would run stand in JSON


def test_formulas_are_text_in_json(app, make):
    user = make.user(username="mallory")
    make.comment(make.post(), '=HYPERLINK("https://evil.test")', author=user)

    archive = archive_of(app, user)

    assert not [name for name in archive.namelist() if name.endswith((".csv", ".tsv", ".xls"))]
    assert json.loads(archive.read("comments.json"))[0]["body"].startswith("=HYPERLINK")


# 20. Replay after deletion


def test_the_cookie_of_a_deleted_account_is_dead(app, make):
    admin, user = make.user("admin"), make.user()
    browser = Browser(app).sign_in(user)
    cookie = browser.cookie("session")
    make.act(lambda: delete(user.id, by=admin.id))

    replayed = Browser(app)
    replayed.client.set_cookie("session", cookie, domain="127.0.0.1")

    assert replayed.get("/account/").location.startswith("/login")
    assert browser.get("/account/data").location.startswith("/login")


# 36. The last admin deletes themselves; two admins delete each other in parallel


def delete(user_id, *, by, keep=True):
    operations.delete_account(
        db.session.get(User, user_id), Farewell(keep_comments=keep), by=db.session.get(User, by), now=clock.now()
    )


def test_the_last_admin_cannot_be_deleted_even_with_others_asleep(make):
    admin = make.user("admin")
    make.user("admin", deactivated_at=clock.now())

    with pytest.raises(LastAdmin):
        make.act(lambda: delete(admin.id, by=admin.id))


def test_of_two_admins_who_delete_each_other_at_once_one_stays(app, make):
    ones = [make.user("admin") for _ in range(2)]

    def strike(number):
        try:
            make.act(lambda: delete(ones[1 - number].id, by=ones[number].id))
        except (LastAdmin, NotAllowed, AttributeError):
            return False
        return True

    assert sorted(at_once(2, strike)) == [False, True]
    assert make.read(lambda: db.session.scalar(select(func.count()).where(User.role == Role.ADMIN))) == 1


def test_of_two_admins_who_leave_at_once_one_stays(app, make):
    ones = [make.user("admin") for _ in range(2)]

    def leave(number):
        try:
            make.act(lambda: delete(ones[number].id, by=ones[number].id))
        except LastAdmin:
            return False
        return True

    assert sorted(at_once(2, leave)) == [False, True]


# Being cut short: all or nothing

KILLED = """
    import os, signal, sys
    import config
    from sqlalchemy import event
    from blog import clock, create_app
    from blog.auth.models import User
    from blog.belongings.operations import Farewell, delete_account
    from blog.db import db, transaction

    app, left = create_app(config.load(dict(os.environ))), int(sys.argv[2])
    with app.app_context():
        @event.listens_for(db.engine, "after_cursor_execute")
        def count(*_):
            global left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        with transaction():
            user = db.session.get(User, int(sys.argv[1]))
            delete_account(user, Farewell(keep_comments=False), by=user, now=clock.now())
"""


def test_a_deletion_that_is_killed_at_any_moment_leaves_everything_or_nothing(app, make, kind):
    make.user("admin")
    author = make.user("author")
    post = make.post(author=author, tags=["bread"])
    elsewhere = make.comment(make.post(), author=author)
    make.comment(post)
    killed = 0

    for after in (2, 5, 8, 11, 14, 17, 20, 30, 500):
        result = run_killed(app, author, after)
        killed += result.returncode == -signal.SIGKILL
        alive = make.fresh(author) is not None
        found = make.read(lambda: db.session.scalar(select(func.count()).select_from(Post)))
        said = make.read(lambda: db.session.scalar(select(Comment.body).where(Comment.id == elsewhere.id)))
        assert (found, bool(said)) == ((2, True) if alive else (1, False)), (after, result.stderr)
        if not alive:
            break

    assert killed >= 4
    assert make.fresh(author) is None


def run_killed(app, user, after):
    """Delete the account in a process of its own that ends at its so-many-th statement."""
    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
        db.engine.dispose()
    environ = {"PATH": os.environ["PATH"], "DATABASE_URL": url, "INSTANCE_PATH": app.config["INSTANCE_PATH"]}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(user.id), str(after)],
        env=environ | {"SECRET_KEY": "x" * 40},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
