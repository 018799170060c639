"""`flask db` on every database: it agrees with the models, can be cut short at any moment, and loses nothing."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, String, Table, create_engine, event, text

from blog.db import Base, LongText, UTCDateTime, db, sqlite_module
from tests.conftest import settings
from tests.migrations.conftest import NEWEST, NEXT, Site
from tests.together import wait_until

Seed = Callable[[Site], None]
ROWS = ("users", "posts", "comments", "tags", "post_tags")
START_SECONDS = 30


def counts(site: Site) -> dict[str, int]:
    """How many rows the seeded tables have."""
    return {name: site.ask(f"SELECT count(*) FROM {name}")[0][0] for name in ROWS}


# What the models say


def test_models_and_migrations_agree(site: Site) -> None:
    site.upgrade()

    result = site.flask("check")

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    "change",
    [
        "DROP INDEX ix_posts_picture_id",
        "CREATE TABLE strays (id integer PRIMARY KEY)",
        "ALTER TABLE tags ADD COLUMN colour varchar(20)",
    ],
)
def test_a_database_that_differs_from_the_models_is_noticed(site: Site, kind: str, change: str) -> None:
    site.upgrade()
    if kind == "mariadb" and change.startswith("DROP INDEX"):
        change = "DROP INDEX ix_comments_created_at_id ON comments"
    site.tell(change)

    assert site.flask("check").exit_code != 0


def test_text_is_compared_by_its_bytes(site: Site) -> None:
    site.upgrade()

    for name in ("ada", "Ada", "äda", "ADA", "ａda", "ad"):
        site.tell(f"INSERT INTO tags (slug, name, post_count) VALUES ('{name}', '{name} 🖋', 0)")

    assert site.ask("SELECT name FROM tags WHERE slug = 'Ada'") == [("Ada 🖋",)]


@pytest.fixture
def shelves() -> Iterator[Table]:
    """A table that the models have and no migration makes."""
    table = Table(
        "shelves",
        Base.metadata,
        Column("id", Integer, primary_key=True),
        Column("label", String(40), unique=True),
        Column("notes", LongText, nullable=False),
        Column("built_at", UTCDateTime, index=True),
        **Base.__table_args__,
    )
    yield table
    Base.metadata.remove(table)


def test_a_change_of_the_models_becomes_a_numbered_migration_that_brings_it(site: Site, shelves: Table) -> None:
    site.upgrade()

    result = site.flask("migrate", "-m", "shelves")

    assert result.exit_code == 0, result.output
    (written,) = site.scripts.glob("versions/*shelves*")
    assert written.name == f"{NEXT}_shelves.py"
    assert "sa.Column('notes', LongText, nullable=False)" in written.read_text(encoding="utf-8")
    site.upgrade()
    assert site.flask("check").exit_code == 0
    assert site.flask("downgrade").exit_code == 0
    assert "shelves" not in site.schema()


def test_without_a_change_no_migration_is_written(site: Site) -> None:
    before = sorted(site.scripts.glob("versions/*.py"))
    site.upgrade()

    result = site.flask("migrate", "-m", "nothing")

    assert result.exit_code == 0, result.output
    assert sorted(site.scripts.glob("versions/*.py")) == before


# There and back


def test_up_down_and_up_again_gives_the_same_tables(site: Site, seed: Seed) -> None:
    site.upgrade()
    before = site.schema()
    seed(site)

    assert site.flask("downgrade", "base").exit_code == 0
    empty = site.schema()
    site.upgrade()

    assert set(empty) == {"alembic_version"}
    assert site.schema() == before


def test_the_printed_sql_makes_the_same_database(site: Site, kind: str) -> None:
    printed = site.upgrade("--sql").stdout
    back = site.flask("downgrade", "head:base", "--sql")
    run_script(site, kind, printed)

    made = site.schema()
    agrees = site.flask("check").exit_code == 0
    run_script(site, kind, back.stdout)

    assert agrees
    assert set(site.schema()) == {"alembic_version"}
    site.upgrade()
    assert site.schema() == made


def run_script(site: Site, kind: str, script: str) -> None:
    """Run what `--sql` printed, as the database's own client would."""
    if kind == "sqlite":
        with closing(sqlite_module.connect(site.url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(script)
        return
    options: dict[str, Any] = {"client_flag": 65536} if kind == "mariadb" else {}  # several statements at once
    engine = create_engine(settings(DATABASE_URL=site.url)["SQLALCHEMY_DATABASE_URI"], connect_args=options)
    connection = engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute(script)
    while cursor.nextset():
        pass
    connection.commit()
    connection.close()
    engine.dispose()


def test_sql_for_sqlite_can_rebuild_a_table_whose_look_is_given(sqlite_site: Site, seed: Seed) -> None:
    sqlite_site.upgrade()
    seed(sqlite_site)
    sqlite_site.add(
        """
        tags = sa.Table("tags", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("slug", sa.String(100), nullable=False), sa.Column("name", sa.String(60), nullable=False),
            sa.Column("post_count", sa.Integer, nullable=False), sa.UniqueConstraint("slug", name="uq_tags_slug"))
        with op.batch_alter_table("tags", copy_from=tags) as batch:
            batch.alter_column("name", type_=sa.String(200))
        """
    )
    before = counts(sqlite_site)

    run_script(sqlite_site, "sqlite", sqlite_site.upgrade(f"{NEWEST}:{NEXT}", "--sql").stdout)

    assert sqlite_site.revision() == [(NEXT,)]
    assert counts(sqlite_site) == before


# What is kept


REBUILD_USERS = """
with op.batch_alter_table("users") as batch:
    batch.alter_column("display_name", type_=sa.String(90), existing_nullable=False)
"""


def test_rebuilding_a_parent_table_keeps_the_rows_that_refer_to_it(site: Site, seed: Seed) -> None:
    site.upgrade()
    seed(site)
    site.tell(
        "INSERT INTO user_sessions "
        "(token_hash, user_id, is_remembered, user_agent, created_at, last_seen_at, expires_at) "
        "SELECT 'x', id, 1 = 1, '', created_at, created_at, created_at FROM users WHERE username = 'ada'"
    )
    before, posts = counts(site), site.ask("SELECT author_id, title FROM posts ORDER BY id")
    site.add(REBUILD_USERS)

    site.upgrade()

    assert site.revision() == [(NEXT,)]
    assert counts(site) == before
    assert site.ask("SELECT count(*) FROM user_sessions") == [(1,)]
    assert site.ask("SELECT author_id, title FROM posts ORDER BY id") == posts
    assert {name: kind for name, kind, _ in site.schema()["users"]["columns"]}["display_name"] == "VARCHAR(90)"


def test_keys_are_on_again_for_whoever_uses_the_database_next(sqlite_site: Site) -> None:
    sqlite_site.upgrade()

    assert sqlite_site.ask("PRAGMA foreign_keys") == [(1,)]


def test_a_step_that_would_leave_rows_without_their_parent_changes_nothing(sqlite_site: Site, seed: Seed) -> None:
    sqlite_site.upgrade()
    seed(sqlite_site)
    before = counts(sqlite_site)
    sqlite_site.add("op.execute(\"DELETE FROM users WHERE username = 'ada'\")")

    process = sqlite_site.start("upgrade")
    _, said = process.communicate(timeout=START_SECONDS)

    assert process.returncode == 1
    assert (
        said
        == "Error: Nothing is changed: 4 rows would refer to rows that are gone (posts → users, revisions → users).\n"
    )
    assert counts(sqlite_site) == before
    assert sqlite_site.revision() == [(NEWEST,)]


def test_a_copy_is_kept_before_an_upgrade_that_changes_the_file(sqlite_site: Site, seed: Seed) -> None:
    sqlite_site.upgrade()
    seed(sqlite_site)
    sqlite_site.add("op.execute(\"UPDATE users SET display_name = 'changed'\")")

    sqlite_site.upgrade()

    (copy,) = sqlite_site.snapshots
    with closing(sqlite_module.connect(copy)) as old:
        assert old.execute("SELECT version_num FROM alembic_version").fetchall() == [(NEWEST,)]
        assert old.execute("SELECT count(*) FROM posts").fetchall() == [(2,)]
        assert old.execute("SELECT count(*) FROM users WHERE display_name = 'changed'").fetchall() == [(0,)]
        assert old.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert sqlite_site.ask("SELECT DISTINCT display_name FROM users") == [("changed",)]


def test_a_copy_is_kept_whatever_the_folder_is_called(make_site: Callable[..., Site]) -> None:
    site = make_site("sqlite", "50% of #1")
    site.upgrade()
    site.add("pass")

    site.upgrade()

    assert len(site.snapshots) == 1
    assert [path.suffix for path in site.snapshots[0].parent.iterdir()] == [".db"]


def test_no_copy_is_kept_when_nothing_is_changed(sqlite_site: Site) -> None:
    sqlite_site.upgrade()

    for arguments in (["upgrade"], ["upgrade", NEWEST], ["current"], ["check"], ["history"], ["upgrade", "--sql"]):
        assert sqlite_site.flask(*arguments).exit_code == 0, arguments

    assert sqlite_site.snapshots == []


def test_the_file_that_an_upgrade_needs_is_made_with_its_folder(sqlite_site: Site) -> None:
    url = f"sqlite:///{sqlite_site.folder}/not/yet/blog.db"

    process = sqlite_site.start("upgrade", DATABASE_URL=url)

    assert process.wait(START_SECONDS) == 0
    assert (sqlite_site.folder / "not" / "yet" / "blog.db").exists()


# Cut short


@contextmanager
def cut_after(site: Site, statements: int) -> Iterator[None]:
    """Break the migration off after so many of its statements, as a kill does where no transaction holds them."""
    left = statements

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal left
        if statement.lstrip().upper().startswith(("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")):
            if left == 0:
                raise RuntimeError("cut short")
            left -= 1

    with site.app.app_context():
        event.listen(db.engine, "before_cursor_execute", count)
        try:
            yield
        finally:
            event.remove(db.engine, "before_cursor_execute", count)


@pytest.mark.parametrize("command", [["upgrade"], ["downgrade", "base"]])
def test_a_migration_that_was_cut_short_anywhere_can_be_run_again(site: Site, command: list[str]) -> None:
    site.upgrade()
    whole = site.schema()
    if command[0] == "upgrade":
        site.flask("downgrade", "base")
    cut = 0

    while cut := cut + 2:
        assert cut < 200, "it does not get through, however often it is run"
        with cut_after(site, cut):
            if site.flask(*command).exit_code == 0:
                break

    assert cut > 10
    site.upgrade()
    assert site.schema() == whole
    assert site.flask("check").exit_code == 0


SLOW_STEP = """
op.create_table("half", sa.Column("id", sa.Integer, primary_key=True), if_not_exists=True)
op.execute("UPDATE users SET display_name = 'half'")
if "MARKER" in os.environ:
    pathlib.Path(os.environ["MARKER"]).touch()
    time.sleep(60)
"""


def test_a_killed_migration_leaves_the_old_version_whole(site: Site, kind: str, seed: Seed) -> None:
    site.upgrade()
    seed(site)
    before = site.schema()
    site.add(SLOW_STEP)
    marker = site.folder / "marker"

    process = site.start("upgrade", MARKER=str(marker))
    wait_until(marker.exists)
    process.send_signal(signal.SIGKILL)
    process.wait(START_SECONDS)

    assert site.revision() == [(NEWEST,)]
    if kind != "mariadb":  # whose tables know no transactions
        assert site.schema() == before
    wait_until(lambda: site.ask("SELECT count(*) FROM users WHERE display_name = 'half'") == [(0,)])
    if kind == "sqlite":
        assert site.ask("PRAGMA integrity_check") == [("ok",)]
    site.upgrade()
    assert site.revision() == [(NEXT,)]
    assert "half" in site.schema()
    assert site.ask("SELECT DISTINCT display_name FROM users") == [("half",)]


def test_two_upgrades_at_once_do_the_work_once(site: Site) -> None:
    processes = [site.start("upgrade") for _ in range(2)]
    said = [process.communicate(timeout=START_SECONDS)[1] for process in processes]

    assert [process.returncode for process in processes] == [0, 0], said
    assert sorted("Database made." in one for one in said) == [False, True]
    assert site.flask("check").exit_code == 0


def test_a_writer_waits_for_the_migration(sqlite_site: Site, seed: Seed) -> None:
    sqlite_site.upgrade()
    seed(sqlite_site)
    sqlite_site.add(
        "op.execute(\"UPDATE users SET display_name = 'migrated'\")\n"
        f"pathlib.Path({str(sqlite_site.folder / 'marker')!r}).touch()\n"
        "time.sleep(1)"
    )
    migrating = threading.Thread(target=sqlite_site.upgrade)
    migrating.start()
    wait_until((sqlite_site.folder / "marker").exists)

    with sqlite_site.app.app_context(), db.engine.execution_options(writing=True).begin() as connection:
        connection.execute(text("UPDATE users SET display_name = display_name || ' and written'"))
    migrating.join()

    assert sqlite_site.ask("SELECT DISTINCT display_name FROM users") == [("migrated and written",)]


# What can't be done


def test_a_newer_database_is_told_in_one_sentence(site: Site) -> None:
    site.upgrade()
    site.tell("UPDATE alembic_version SET version_num = '0999'")
    before = site.schema()

    process = site.start("upgrade")
    _, said = process.communicate(timeout=START_SECONDS)

    assert process.returncode == 1
    assert (
        said == "Error: The database is newer than this version of the blog (it is at 0999); install the newer one.\n"
    )
    assert site.schema() == before
    assert [site.flask(command).exit_code for command in ("downgrade", "current", "check")] == [1, 1, 1]


def test_a_database_that_cannot_be_used_is_told_in_one_sentence(sqlite_site: Site) -> None:
    reasons = {
        "postgresql://nobody@127.0.0.1:1/blog": "Connection refused",
        "mysql://root:hidden@127.0.0.1:1/blog": "Connection refused",
        "sqlite:////proc/blog.db": "unable to open database file",
        f"sqlite:///{Path(__file__)}/folder/blog.db": "Not a directory",
        f"sqlite:///{Path(__file__)}": "file is not a database",
    }
    processes = [sqlite_site.start("upgrade", DATABASE_URL=url) for url in reasons]

    for process, reason in zip(processes, reasons.values(), strict=True):
        out, said = process.communicate(timeout=START_SECONDS)
        assert process.returncode == 1
        assert out == ""
        assert said.startswith("Error: ")
        assert said.count("\n") == 1
        assert reason in said
        assert "hidden" not in said


def test_a_wrong_password_is_told_in_one_sentence(make_site: Callable[..., Site], server: str) -> None:
    site = make_site(server)
    scheme, host = site.url.partition("://")[0], site.url.partition("@")[2]

    process = site.start("upgrade", DATABASE_URL=f"{scheme}://somebody:hidden@{host}")
    _, said = process.communicate(timeout=START_SECONDS)

    assert process.returncode == 1
    assert said.count("\n") == 1
    assert "somebody" in said
    assert "hidden" not in said


def test_a_database_that_is_locked_is_told_in_one_sentence(
    sqlite_site: Site, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_site.upgrade()
    sqlite_site.add("pass")
    monkeypatch.setattr("blog.db.connections.BUSY_TIMEOUT_MS", 50)
    with closing(sqlite_module.connect(sqlite_site.url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        result = sqlite_site.flask("upgrade")

    assert result.exit_code == 1
    assert "database is locked" in result.output
    assert sqlite_site.revision() == [(NEWEST,)]


# What single migrations do with the rows that are there


def test_names_that_look_alike_already_go_on_and_the_oldest_keeps_the_look(site: Site) -> None:
    site.upgrade("0003")
    for number, name in enumerate(["ace", "асе", "Zoë", "aсe"], 1):
        site.tell(
            "INSERT INTO users (id, username, username_key, role, display_name, bio, bio_html, links, created_at, "
            f"post_count) VALUES ({number}, '{name}', '{name}', 'reader', '{name}', '', '', '[]', "
            "'2026-01-01 00:00:00', 0)"
        )

    site.upgrade()

    looks = site.ask("SELECT username_skeleton FROM users ORDER BY id")
    assert looks == [("ace",), (None,), ("zoë",), (None,)]
    site.flask("downgrade", "0003")
    assert site.ask("SELECT username FROM users ORDER BY id") == [("ace",), ("асе",), ("Zoë",), ("aсe",)]


@pytest.mark.parametrize(("before", "after"), [("false", '"closed"'), ("true", None), (None, None)])
def test_sign_ups_that_were_closed_stay_closed(site: Site, kind: str, before: str | None, after: str | None) -> None:
    site.upgrade("0007")
    if before:
        site.tell(f"INSERT INTO settings (name, value) VALUES ('sign_ups_open', '{before}')")

    site.upgrade("0008")

    value = "CAST(value AS CHAR(20))" if kind == "mariadb" else "CAST(value AS VARCHAR(20))"
    now = site.ask(f"SELECT {value} FROM settings WHERE name = 'sign_ups'")
    assert now == ([(after,)] if after else [])
    site.flask("downgrade", "0007")
    old = site.ask(f"SELECT {value} FROM settings WHERE name = 'sign_ups_open'")
    assert old == ([("false",)] if before == "false" else [])
    assert site.ask("SELECT value FROM settings WHERE name = 'sign_ups'") == []


def test_which_posts_show_which_pictures_is_read_from_their_texts(site: Site, seed: Seed) -> None:
    site.upgrade()
    seed(site)
    shown, portrait, unused = (f"{two}/{two * 15}.png" for two in ("ab", "cd", "ef"))
    for number, name in enumerate((shown, portrait, unused), 1):
        site.tell(
            "INSERT INTO media (id, name, mime, width, height, byte_size, digest, original_digest, original_name, alt, "
            "caption, created_at, is_portrait, recipe) "
            f"VALUES ({number}, '{name}', 'image/png', 1, 1, 1, '', '{number}', '', '', '', '2026-01-01', 1 = 2, 0)"
        )
    site.tell(f"UPDATE posts SET body_html = '<img src=\"/media/{shown}\"> /media/ab/none' WHERE title = 'A post'")
    site.tell(f"UPDATE users SET picture_name = '{portrait}' WHERE username = 'ada'")
    site.flask("downgrade", "0013")

    site.upgrade()

    assert site.ask("SELECT p.title, i.media_id FROM post_pictures i JOIN posts p ON p.id = i.post_id") == [
        ("A post", 1)
    ]
    assert site.ask("SELECT id FROM media WHERE is_portrait") == [(2,)]


def test_an_upgrade_says_in_one_line_what_it_did(sqlite_site: Site) -> None:
    made = sqlite_site.flask("upgrade").stderr
    sqlite_site.add("pass")
    upgraded = sqlite_site.flask("upgrade").stderr

    assert [line for line in made.splitlines() if "Database" in line] == ["Database made."]
    assert [line for line in upgraded.splitlines() if "Database" in line] == [
        f"Database upgraded to {NEXT}: Added by a test."
    ]
