"""The server is killed (kill -9) while an editor saves by itself, again and again: `make verify`; `-s` shows the figures.

After each kill the text that was last acknowledged, or one that was sent since, is in the post or in a revision; and at
the end every text that ever was acknowledged is there, but for a few words.
"""

import http.client
import http.cookiejar
import json
import random
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import flask_migrate
import pytest
from sqlalchemy import select

import config
from blog import clock, create_app
from blog.auth import operations as accounts
from blog.auth.models import Role
from blog.auth.operations import Registration
from blog.auth.passwords import hash_password
from blog.db import db, transaction
from blog.posts.models import Post
from blog.posts.revisions.models import FEW_WORDS, Revision
from blog.posts.revisions.texts import Text, change
from blog.web.limits.models import LimitCounter
from tests.cli.test_serve import Running, free_port
from tests.factories import PASSWORD

pytestmark = pytest.mark.verify

KILLS = 30
FIELDS = ("title", "body", "excerpt", "tags", "slug")


class Editor:
    """An author's browser with an editor that saves by itself as fast as it can."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.fields: dict[str, str] = {}
        self.base: dict[str, str] = {}
        self.acknowledged: list[str] = []
        self.unanswered: list[str] = []
        self.address = "/write/new/autosave"
        self.numbers = count()

    def send(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """The status and the body of an answer."""
        data = urlencode(fields).encode() if fields is not None else None
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin", "Accept": "application/json, text/html;q=0.9"}
        request = urllib.request.Request(self.url + path, data, headers)
        try:
            with self.opener.open(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def open(self) -> None:
        """Sign in, and open the editor of a new post."""
        self.send("/login", {"login": "ada", "password": PASSWORD})
        _, page = self.send("/write/new")
        for name in ("csrf_token", "creation_key", "editing", "edit_number"):
            found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
            assert found, name
            self.fields[name] = found[1]
        self.fields |= dict.fromkeys(FIELDS, "")
        self.base = dict(self.fields)

    def save(self, body: str) -> None:
        """Save once; while the server is away nothing is known of it."""
        self.fields["body"] = body
        self.unanswered.append(body)
        base = {f"base_{name}": self.base[name] for name in FIELDS}
        try:
            status, said = self.send(self.address, self.fields | base)
        except (OSError, http.client.HTTPException):
            time.sleep(0.02)
            return
        told = json.loads(said) if said.startswith("{") else {}
        if status == 200 and told["state"] in ("saved", "merged"):
            self.address = told["autosave"]
            self.fields |= {"edit_number": str(told["edit_number"]), "slug": told["slug"]} | {
                name: value for name, value in told.get("fields", {}).items() if name in FIELDS
            }
            self.base = dict(self.fields)
            self.acknowledge()
        elif told.get("state") == "conflict":
            self.acknowledge()
            self.fields["edit_number"] = str(told["edit_number"])
        else:
            assert status in (429, 503), (status, said[:200])

    def acknowledge(self) -> None:
        """The server has what is typed."""
        self.acknowledged.append(self.fields["body"])
        self.unanswered = [self.fields["body"]]


def type_on(editor: Editor, chance: random.Random) -> Iterator[str]:
    """What somebody types: words, now and then a deletion, now and then all anew."""
    while True:
        words, what = editor.fields["body"].split(), chance.random()
        new = [f"w{next(editor.numbers)}" for _ in range(chance.randint(1, 6))]
        if what < 0.15:
            words = words[: -chance.randint(1, 20)]
        elif what < 0.2:
            words = new
        else:
            words += new
        yield " ".join(words) or "again"


def write_until(editor: Editor, chance: random.Random, over: threading.Event) -> None:
    """Save, again and again."""
    for body in type_on(editor, chance):
        if over.is_set():
            return
        editor.save(body)


def test_a_killed_server_loses_no_word(tmp_path: Path) -> None:
    chance, port = random.Random(4), free_port()
    app = create_app(config.load({"INSTANCE_PATH": str(tmp_path)}))
    with app.app_context():
        flask_migrate.upgrade()
        with transaction():
            registration = Registration("ada", "ada@example.org", hash_password(PASSWORD), role=Role.AUTHOR)
            accounts.create_account(registration, now=clock.now())

    def kept() -> set[str]:
        with app.app_context():
            found = {*db.session.scalars(select(Revision.body)), *db.session.scalars(select(Post.body))}
            with transaction():
                db.session.query(LimitCounter).delete()
            return found

    editor, lost = Editor(f"http://127.0.0.1:{port}"), []
    for _ in range(KILLS):
        server = Running(tmp_path, port=port)
        server.wait_until_up()
        if "csrf_token" not in editor.fields:
            editor.open()
        over = threading.Event()
        writing = threading.Thread(target=write_until, args=(editor, chance, over))
        writing.start()
        deadline, wanted = time.monotonic() + 20, len(editor.acknowledged) + chance.randint(3, 12)
        while len(editor.acknowledged) < wanted and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.05))
        server.end()  # kill -9 of the whole group
        over.set()
        writing.join()
        if editor.acknowledged and not kept() & {editor.acknowledged[-1], *editor.unanswered}:
            lost.append(editor.acknowledged[-1])

    there = kept()
    gone = [body for body in editor.acknowledged if least_lost(body, there) > FEW_WORDS]
    print(f"\n{KILLS} kills, {len(editor.acknowledged)} saves acknowledged, {len(there)} texts kept")
    with app.app_context():
        assert db.session.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert len(editor.acknowledged) > KILLS
    assert (lost, gone) == ([], [])


def least_lost(body: str, kept: set[str]) -> int:
    """How many words of a text are in none of those that are kept."""
    return 0 if body in kept else min(change(Text("", body), Text("", one)).lost for one in kept)
