"""`flask backup` and `flask restore`: nothing is lost on the way, and nothing is overwritten."""

import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import event, select

from blog import Blog, clock
from blog.auth.models import AccountToken, User, UserSession
from blog.auth.operations import delete_user, new_set_up_link
from blog.cli.backup.portable import AUDIT_LOG, TRANSIENT, differences
from blog.cli.lock import in_use, not_in_use
from blog.db import db, sqlite_module, transaction
from blog.media.current import media_folder
from blog.media.operations import set_variants, store_picture
from blog.media.pictures import File
from blog.posts import operations as posts
from blog.posts.models import Post
from blog.site.models import Redirect
from tests.browser_like import Browser
from tests.cli.conftest import refusal, run
from tests.factories import PASSWORD, Factory
from tests.migrations.conftest import NEWEST, NEXT

ROOT = Path(__file__).resolve().parents[2]
Blogs = Callable[[str], Blog]


def picture(colour: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, "PNG")
    return content.getvalue()


@dataclass
class Filled:
    """A blog with something of everything in it."""

    app: Blog
    author: Any
    post: Post
    media: list[str]


@pytest.fixture
def filled(app: Blog, make: Factory) -> Filled:
    """A blog with something of everything in it."""
    author = make.user("author", username="ada", bio="Writes — often, in “many” 文字 🖋.")
    post = make.post("Ink & paper", "Words about *ink* and naïveté.", author=author, tags=["Ink", "Pápier"])
    make.post("A draft", author=author, state="draft", tags=["Ink"])
    make.post("Thrown away", author=author, state="trashed")
    first = make.comment(post, "First.", author=make.user(username="rosa"))
    make.comment(post, "An answer.", parent=first)
    make.settings(title="Spare Parts", comments_open=True)

    def store() -> list[str]:
        stored = [
            store_picture(picture(colour), folder=media_folder(), uploader=None, now=clock.now())
            for colour in ("red", "blue")
        ]
        posts.set_lead_picture(db.session.get(Post, post.id), stored[0].id, "A caption")
        db.session.get(Post, post.id).pinned_at = clock.now()
        db.session.add(Redirect(path="/old", target="/posts/ink-paper"))
        variant = File(picture("green"), "image/png", "png", 40, 30)
        media_folder().keep(variant)
        set_variants(stored[1].id, [variant], of=stored[1].name, recipe=1, now=clock.now())
        return [*(one.name for one in stored), variant.name]

    media = make.act(store)
    return Filled(app, author, post, media)


def rows(app: Blog) -> dict[str, list[str]]:
    """Every row of every table that a backup keeps, as the models read them; but for what backups say of themselves."""
    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: sorted(
                repr(tuple(row))
                for row in connection.execute(select(table))
                if getattr(row, "event", None) not in ("sys_backup", "sys_restore")
            )
            for table in db.metadata.sorted_tables
            if table.name not in TRANSIENT
        }


def files(app: Blog) -> dict[str, bytes]:
    """Every picture in the media folder."""
    with app.app_context():
        folder = media_folder()
        return {name: (folder.root / name).read_bytes() for name in folder.names()}


def make_backup(filled: Filled, file: Path) -> Path:
    result = run(filled.app, "backup", file)
    assert result.exit_code == 0, result.output
    return file


# There and back


def test_everything_comes_back_on_any_database(
    filled: Filled, another_blog: Blogs, target: str, tmp_path: Path
) -> None:
    file = make_backup(filled, tmp_path / "blog.zip")
    other = another_blog(target)

    result = run(other, "restore", file, "--verify")

    assert result.exit_code == 0, result.output
    assert "Restored: 3 posts, 2 comments, 3 accounts and 2 pictures" in result.output
    assert rows(other) == rows(filled.app)
    assert files(other) == files(filled.app)
    assert set(files(other)) == set(filled.media)
    assert run(other, "check").exit_code == 0


def test_a_restored_blog_goes_on(filled: Filled, another_blog: Blogs, target: str, tmp_path: Path) -> None:
    other = another_blog(target)
    run(other, "restore", make_backup(filled, tmp_path / "blog.zip"))
    make, reader = Factory(other), Browser(other)

    ada = make.fresh(filled.author)
    post = make.post("Written afterwards", author=ada, tags=["Ink", "New"])
    make.comment(make.fresh(filled.post), author=make.user(username="new"))

    assert post.id > filled.post.id
    assert "Ink & paper" in reader.get("/search?q=naivete").text
    assert "Written afterwards" in reader.get("/tags/ink").text
    assert reader.get(f"/media/{filled.media[0]}").status == 200
    assert reader.get("/old").status == 301
    assert Browser(other).sign_in(ada)
    assert run(other, "check").exit_code == 0


def test_a_restored_blog_gives_nobody_the_id_of_an_account_that_is_gone(
    filled: Filled, make: Factory, another_blog: Blogs, target: str, tmp_path: Path
) -> None:
    gone = make.user(username="gone")
    make.act(lambda: delete_user(db.session.get(User, gone.id), by_themselves=True))
    other = another_blog(target)

    run(other, "restore", make_backup(filled, tmp_path / "blog.zip"))

    assert Factory(other).user(username="new").id > gone.id


def test_sessions_and_links_that_may_have_ended_since_do_not_come_back(
    filled: Filled, make: Factory, visitor: Browser, another_blog: Blogs, target: str, tmp_path: Path
) -> None:
    visitor.sign_in(filled.author)
    link = run(filled.app, "user", "reset-link", "ada").output.strip()
    file = make_backup(filled, tmp_path / "blog.zip")
    other = another_blog(target)

    run(other, "restore", file)

    thief = Browser(other)
    thief.client.set_cookie("session", visitor.cookie("session") or "", domain="127.0.0.1")
    assert visitor.get("/account/").status == 200
    assert thief.get("/account/").status == 303 or "/login" in thief.page.location
    assert Browser(other).get("/reset/" + link.rpartition("/")[2], follow=True).status == 410


def test_a_backup_made_while_others_write_is_one_moment(filled: Filled, tmp_path: Path) -> None:
    acknowledged: list[int] = []
    stop = threading.Event()
    failures: list[BaseException] = []

    def write() -> None:
        make = Factory(filled.app)
        while not stop.is_set():
            try:
                acknowledged.append(make.comment(filled.post, author=filled.author).id)
            except BaseException as failure:
                failures.append(failure)
                return

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    backups = []
    for number in range(3):
        before = set(acknowledged)
        backups.append((before, make_backup(filled, tmp_path / f"{number}.zip")))
    stop.set()
    for writer in writers:
        writer.join()

    assert not failures
    assert len(acknowledged) > 10
    for before, file in backups:
        with closing(database_of(file, tmp_path)) as copy:
            found = {row[0] for row in copy.execute("SELECT id FROM comments")}
            (kept,) = copy.execute("SELECT comment_count FROM posts WHERE id = ?", [filled.post.id]).fetchone()
            assert before <= found
            assert kept == len(found)
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert copy.execute("PRAGMA foreign_key_check").fetchall() == []


def database_of(file: Path, folder: Path) -> Any:
    """The database in a backup, opened."""
    extracted = folder / f"{file.stem}.db"
    with zipfile.ZipFile(file) as archive:
        extracted.write_bytes(archive.read("database.db"))
    return sqlite_module.connect(str(extracted))


def test_a_backup_from_before_an_upgrade_is_brought_up_to_date(
    filled: Filled, another_blog: Blogs, target: str, tmp_path: Path
) -> None:
    file = make_backup(filled, tmp_path / "blog.zip")
    newer = another_blog(target)
    use_newer_migrations(newer, tmp_path / "migrations")

    result = run(newer, "restore", file, "--verify")

    assert result.exit_code == 0, result.output
    with newer.app_context(), db.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == NEXT
        assert connection.exec_driver_sql("SELECT DISTINCT colour FROM tags").scalar() == "black"
    assert rows(newer) == rows(filled.app)


def test_a_backup_of_a_newer_version_is_refused(filled: Filled, another_blog: Blogs, kind: str, tmp_path: Path) -> None:
    newer = another_blog(kind)
    use_newer_migrations(newer, tmp_path / "migrations")
    run(newer, "restore", make_backup(filled, tmp_path / "old.zip"))
    file = make_backup(Filled(newer, filled.author, filled.post, filled.media), tmp_path / "new.zip")
    other = another_blog(kind)

    said = refusal(run(other, "restore", file))

    assert said == f"The backup is newer than this version of the blog (it is at {NEXT}); install the newer one."
    assert not Path(other.config["INSTANCE_PATH"]).exists()


def use_newer_migrations(app: Blog, folder: Path) -> None:
    """Let `app` be a later version of the blog, which gave tags a colour."""
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / f"{NEXT}_colour.py").write_text(
        f"import sqlalchemy as sa\nfrom alembic import op\n\nrevision, down_revision = {NEXT!r}, {NEWEST!r}\n\n\n"
        "def upgrade():\n    with op.batch_alter_table('tags') as batch:\n"
        "        batch.add_column(sa.Column('colour', sa.String(20), nullable=False, server_default='black'))\n"
    )
    app.extensions["migrate"].directory = app.extensions["migrate"].migrate.directory = str(folder)


# The file


def test_the_file_is_for_its_owner_and_nothing_else_is_left_behind(filled: Filled, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()

    file = make_backup(filled, folder / "blog.zip")

    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["blog.zip"]


def test_the_manifest_says_what_is_inside(filled: Filled, kind: str, tmp_path: Path) -> None:
    file = make_backup(filled, tmp_path / "blog.zip")

    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert archive.testzip() is None

    assert manifest["format"] == 1
    assert manifest["revision"] == NEWEST
    assert manifest["database"] == {"mariadb": "mysql"}.get(kind, kind)
    assert manifest["rows"]["posts"] == 3
    assert set(manifest["files"]) == {"database.db", *(f"media/{name}" for name in filled.media)}
    assert not manifest["missing"]


def test_who_is_signed_in_is_not_in_it(filled: Filled, visitor: Browser, tmp_path: Path) -> None:
    visitor.sign_in(filled.author, password=PASSWORD)
    visitor.get("/account/", headers={"User-Agent": "Netscape 4"})
    run(filled.app, "user", "reset-link", "ada")
    with filled.app.app_context():
        hashes = [row.token_hash.encode() for row in db.session.scalars(select(UserSession))]
        hashes += [row.token_hash.encode() for row in db.session.scalars(select(AccountToken))]

    file = make_backup(filled, tmp_path / "blog.zip")

    assert len(hashes) == 2
    with zipfile.ZipFile(file) as archive:
        content = archive.read("database.db")
    assert not any(one in content for one in hashes)


def test_the_secret_key_is_not_in_it(filled: Filled, tmp_path: Path) -> None:
    (Path(filled.app.config["INSTANCE_PATH"]) / "secret_key").write_text("very secret")

    file = make_backup(filled, tmp_path / "blog.zip")

    with zipfile.ZipFile(file) as archive:
        assert not any(b"very secret" in archive.read(name) or "secret" in name for name in archive.namelist())


def test_no_file_is_overwritten(filled: Filled, tmp_path: Path) -> None:
    file = tmp_path / "mine"
    file.write_text("mine")

    said = refusal(run(filled.app, "backup", file))

    assert said == f"{file} is there already; choose another name."
    assert file.read_text() == "mine"


def test_a_folder_that_is_not_there_is_named(filled: Filled, tmp_path: Path) -> None:
    assert "No such file or directory" in refusal(run(filled.app, "backup", tmp_path / "away" / "blog.zip"))


def test_without_a_database_there_is_no_backup(another_blog: Blogs, target: str, tmp_path: Path) -> None:
    said = refusal(run(another_blog(target), "backup", tmp_path / "blog.zip"))

    assert said == "There is no database to back up yet."
    assert not (tmp_path / "blog.zip").exists()


def test_a_picture_that_is_missing_or_damaged_is_named_and_the_rest_is_kept(
    filled: Filled, another_blog: Blogs, kind: str, tmp_path: Path
) -> None:
    with filled.app.app_context():
        gone, damaged = (media_folder().root / name for name in filled.media[:2])
    gone.unlink()
    damaged.write_bytes(b"rotten")

    said = refusal(run(filled.app, "backup", tmp_path / "blog.zip"))

    assert f"{filled.media[0]} is missing" in said
    assert f"{filled.media[1]} is damaged" in said
    other = another_blog(kind)
    assert run(other, "restore", tmp_path / "blog.zip", "--verify").exit_code == 0
    assert rows(other) == rows(filled.app)


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of the size of files stands for the full disk")
def test_a_full_disk_leaves_no_half_backup(filled: Filled, tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys; sys.dont_write_bytecode = True; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "from flask.cli import main; sys.argv = ['flask', '--app', 'wsgi', 'backup', sys.argv[1]]; main()"
    )
    folder = tmp_path / "backups"
    folder.mkdir()

    completed = subprocess.run(
        [sys.executable, "-c", script, str(folder / "blog.zip")],
        cwd=ROOT,
        env=environment(filled.app),
        capture_output=True,
        text=True,
        check=False,
    )

    assert completed.returncode == 1
    assert completed.stderr.startswith("Error: ")
    assert completed.stderr.count("\n") == 1
    assert list(folder.iterdir()) == []


def environment(app: Blog) -> dict[str, str]:
    """With which a process of its own is the same blog."""
    return {
        "PATH": os.environ["PATH"],
        "INSTANCE_PATH": app.config["INSTANCE_PATH"],
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
    }


# What restoring refuses


def damage(file: Path, name: str) -> None:
    """Flip one byte in the content of a file of the archive."""
    with zipfile.ZipFile(file) as archive:
        entry = archive.getinfo(name)
    content = bytearray(file.read_bytes())
    lengths = struct.unpack_from("<HH", content, entry.header_offset + 26)
    content[entry.header_offset + 30 + sum(lengths) + entry.compress_size // 2] ^= 0xFF
    file.write_bytes(content)


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Put the archive together anew from changed files."""
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def change_manifest(files: dict[str, bytes], change: Callable[[dict[str, Any]], None]) -> None:
    manifest = json.loads(files["manifest.json"])
    change(manifest)
    files["manifest.json"] = json.dumps(manifest).encode()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a byte of the database": lambda file: damage(file, "database.db"),
    "a byte of a picture": lambda file: damage(file, zipfile.ZipFile(file).namelist()[-2]),
    "a byte of the manifest": lambda file: damage(file, "manifest.json"),
    "cut off": lambda file: file.write_bytes(file.read_bytes()[:-100]),
    "empty": lambda file: file.write_bytes(b""),
    "no archive": lambda file: file.write_bytes(b"words " * 1000),
    "no manifest": lambda file: rewritten(file, lambda files: files.pop("manifest.json") and None),
    "manifest of something else": lambda file: rewritten(file, lambda files: files.update({"manifest.json": b"[1]"})),
    "another format": lambda file: rewritten(
        file, lambda files: change_manifest(files, lambda manifest: manifest.update(format=2))
    ),
    "a hash": lambda file: rewritten(
        file, lambda files: change_manifest(files, lambda one: one["files"]["database.db"].update(sha256="0" * 64))
    ),
    "a file too few": lambda file: rewritten(file, lambda files: files.pop("database.db") and None),
    "a file too many": lambda file: rewritten(file, lambda files: files.update({"media/zz": b""})),
    "a name that leads out": lambda file: rewritten(file, lead_out),
    "a database that is none": lambda file: rewritten(file, replace_database),
}


def lead_out(files: dict[str, bytes]) -> None:
    name, content = next((name, content) for name, content in files.items() if name.startswith("media/"))
    del files[name]
    files["media/../../stolen.png"] = content
    change_manifest(files, lambda one: one["files"].update({"media/../../stolen.png": one["files"].pop(name)}))


def replace_database(files: dict[str, bytes]) -> None:
    files["database.db"] = content = b"no database at all" * 100
    member = {"byte_size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    change_manifest(files, lambda one: one["files"].update({"database.db": member}))


@pytest.mark.parametrize("what", list(DAMAGES))
def test_a_damaged_backup_is_refused_before_anything_is_written(
    filled: Filled, another_blog: Blogs, tmp_path: Path, what: str
) -> None:
    file = make_backup(filled, tmp_path / "blog.zip")
    DAMAGES[what](file)
    other = another_blog("sqlite")

    said = refusal(run(other, "restore", file))

    assert "backup" in said
    assert not list(Path(other.config["INSTANCE_PATH"]).glob("media/**/*"))
    assert not list(tmp_path.glob("blog_other_*"))
    assert not list(tmp_path.rglob("stolen*"))
    assert run(other, "restore", file, "--dry-run").exit_code == 1 or what == "a database that is none"


def test_a_file_that_is_not_there_is_named(another_blog: Blogs, tmp_path: Path) -> None:
    said = refusal(run(another_blog("sqlite"), "restore", tmp_path / "away.zip"))

    assert "away.zip" in said
    assert "No such file" in said


def test_a_blog_that_holds_something_is_not_overwritten(
    filled: Filled, another_blog: Blogs, target: str, tmp_path: Path
) -> None:
    file = make_backup(filled, tmp_path / "blog.zip")
    other = another_blog(target)
    run(other, "db", "upgrade")
    Factory(other).settings(title="Mine")
    before = rows(other)

    said = refusal(run(other, "restore", file))

    assert said == "The blog is not empty; restore into an empty one, and nothing is overwritten."
    assert rows(other) == before
    assert files(other) == {}


def test_a_blog_that_was_only_started_counts_as_empty(
    filled: Filled, another_blog: Blogs, target: str, tmp_path: Path
) -> None:
    other = another_blog(target)
    run(other, "db", "upgrade")
    Factory(other).act(lambda: new_set_up_link(now=clock.now()))

    result = run(other, "restore", make_backup(filled, tmp_path / "blog.zip"), "--verify")

    assert result.exit_code == 0, result.output
    assert rows(other) == rows(filled.app)


def test_nothing_is_restored_under_a_running_server(
    filled: Filled, another_blog: Blogs, target: str, tmp_path: Path
) -> None:
    file = make_backup(filled, tmp_path / "blog.zip")
    other = another_blog(target)
    with in_use(Path(other.config["INSTANCE_PATH"])):
        said = refusal(run(other, "restore", file))

    assert said == "The blog is running; stop it first."
    assert files(other) == {}


def test_a_server_does_not_start_while_something_is_restored(another_blog: Blogs) -> None:
    other = another_blog("sqlite")
    run(other, "db", "upgrade")

    with not_in_use(Path(other.config["INSTANCE_PATH"])):
        said = refusal(run(other, "serve"))

    assert said == "Something is being restored into this blog; wait until it is done."


def test_an_sqlite_file_that_any_server_has_open_is_not_restored_into(
    filled: Filled, another_blog: Blogs, tmp_path: Path
) -> None:
    file = make_backup(filled, tmp_path / "blog.zip")
    other = another_blog("sqlite")
    run(other, "db", "upgrade")
    database = other.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    with other.app_context():
        db.engine.dispose()
    script = (
        "import sys\ntry:\n    import pysqlite3 as sqlite3\nexcept ImportError:\n    import sqlite3\n"
        "c = sqlite3.connect(sys.argv[1]); c.execute('SELECT count(*) FROM users').fetchall(); print('open', flush=True);"
        "sys.stdin.read()"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", script, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout.readline() == "open\n"

    said = refusal(run(other, "restore", file))
    server.communicate()

    assert said == "The database is in use; stop the blog first."
    assert run(other, "restore", file, "--verify").exit_code == 0


def test_a_dry_run_looks_and_writes_nothing(filled: Filled, another_blog: Blogs, target: str, tmp_path: Path) -> None:
    file = make_backup(filled, tmp_path / "blog.zip")
    other = another_blog(target)

    result = run(other, "restore", file, "--dry-run")

    assert result.exit_code == 0
    assert result.output.startswith("The backup is whole: 3 posts, 2 comments, 3 accounts and 2 pictures, as they were")
    assert not Path(other.config["INSTANCE_PATH"]).exists()
    assert not list(tmp_path.glob("blog_other_*"))
    assert run(other, "restore", file, "--verify").exit_code == 0


def test_a_restore_that_was_cut_short_can_be_run_again(
    filled: Filled, another_blog: Blogs, server: str, tmp_path: Path
) -> None:
    file = make_backup(filled, tmp_path / "blog.zip")
    other = another_blog(server)

    with cut_at(other, "INSERT INTO comments"):
        assert run(other, "restore", file).exit_code != 0
    again = run(other, "restore", file, "--verify")

    assert again.exit_code == 0, again.output
    assert rows(other) == rows(filled.app)


class cut_at:  # noqa: N801  reads as a verb
    """Break off when a statement begins like this."""

    def __init__(self, app: Blog, beginning: str) -> None:
        self.app, self.beginning = app, beginning

    def __enter__(self) -> None:
        with self.app.app_context():
            self.engine = db.engine
        event.listen(self.engine, "before_cursor_execute", self.stop)

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self.stop)

    def stop(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(self.beginning):
            raise RuntimeError("cut short")


def test_a_difference_after_restoring_is_found(
    filled: Filled, another_blog: Blogs, target: str, tmp_path: Path
) -> None:
    other = another_blog(target)
    run(other, "restore", make_backup(filled, tmp_path / "blog.zip"))
    with closing(database_of(tmp_path / "blog.zip", tmp_path)):
        pass

    def changed() -> None:
        db.session.get(Post, filled.post.id).title = "Another"

    with other.app_context():
        same = differences(tmp_path / "blog.db")
        with transaction():
            changed()
        db.session.remove()
        different = differences(tmp_path / "blog.db")

    # The restored blog has one row more: that it was restored.
    assert [name for name in same if name not in TRANSIENT] == [AUDIT_LOG]
    assert [name for name in different if name not in TRANSIENT] == [AUDIT_LOG, "posts"]
