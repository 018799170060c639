"""What every test stands on: a real database of each kind, the real app, and a browser that checks every page.

`TEST_DATABASE` chooses them: `sqlite` (the default), `postgresql`, `mariadb`, several with commas, or `all` for those
that are there (`TEST_REQUIRE_ALL=1`: all must be). `TEST_POSTGRESQL_URL` and `TEST_MARIADB_URL` say where the servers
are. Each request runs in an app context of its own, so a commit that is lost is noticed.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask_migrate import upgrade
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

import config
from blog import Blog, create_app
from blog.auth import throttles
from blog.db import db, transaction
from blog.mail.sending import TRANSPORT
from blog.site.audit import refusals
from tests.browser_like import Browser
from tests.factories import Factory
from tests.outbox import Outbox

pytest_plugins = ["tests.parts"]

_CHOSEN = pytest.StashKey[list[str]]()
_ABSENT = pytest.StashKey[dict[str, str]]()
KINDS = ("sqlite", "postgresql", "mariadb")
SERVERS = {
    "postgresql": os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
    "mariadb": os.environ.get("TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306/mysql"),
}
SECRET_KEY = "only-for-tests-only-for-tests-only-for-tests"


def pytest_configure(config: pytest.Config) -> None:
    """Choose the databases, once; the workers of xdist are told by their controller."""
    wanted = os.environ.get("TEST_DATABASE", "sqlite")
    chosen = KINDS if wanted == "all" else tuple(kind.strip() for kind in wanted.split(","))
    if unknown := set(chosen) - set(KINDS):
        raise pytest.UsageError(f"TEST_DATABASE is one of {', '.join(KINDS)} or all, not {', '.join(unknown)}.")
    absent = {kind: reason for kind in chosen if (reason := why_absent(kind))}
    if absent and (wanted != "all" or os.environ.get("TEST_REQUIRE_ALL") == "1"):
        raise pytest.UsageError("; ".join(f"{kind} is not there: {reason}" for kind, reason in absent.items()))
    config.stash[_CHOSEN] = [kind for kind in chosen if kind not in absent]
    config.stash[_ABSENT] = absent


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say at the end which databases were tested, and which were not."""
    terminalreporter.write_line(f"databases: {', '.join(config.stash[_CHOSEN])}")
    for kind, reason in config.stash[_ABSENT].items():
        terminalreporter.write_line(f"not tested, since it is not there: {kind} ({reason})")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that needs a database once for each; one that needs a server, once for each server.

    What is marked `one_database` looks at HTTP or files alone: the first database will do. What is marked
    `two_databases` is promised on SQLite and PostgreSQL, or asks so much that MariaDB would be most of the waiting.
    """
    chosen = metafunc.config.stash[_CHOSEN]
    if metafunc.definition.get_closest_marker("one_database"):
        chosen = chosen[:1]
    elif metafunc.definition.get_closest_marker("two_databases"):
        chosen = chosen[:2]
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", chosen, scope="session")
    if "target" in metafunc.fixturenames:
        metafunc.parametrize("target", chosen)
    if "server" in metafunc.fixturenames:
        metafunc.parametrize("server", [kind for kind in chosen if kind != "sqlite"])


def why_absent(kind: str) -> str | None:
    """None if a database of this kind can be had, else the reason in a line."""
    if kind == "sqlite":
        return None
    try:
        with admin_engine(kind).connect():
            return None
    except DBAPIError as error:
        return " ".join(str(error.orig).split())[:200]


def admin_engine(kind: str) -> Engine:
    """An engine on the test server of a kind, to make and drop databases with."""
    uri = settings(DATABASE_URL=SERVERS[kind])["SQLALCHEMY_DATABASE_URI"]
    return create_engine(uri, isolation_level="AUTOCOMMIT", poolclass=NullPool, connect_args={"connect_timeout": 3})


def settings(**environ: str) -> dict[str, Any]:
    """What the app gets from such an environment, for tests."""
    known = {"SECRET_KEY": SECRET_KEY}
    return config.load(known | environ) | {"TESTING": True, "PROPAGATE_EXCEPTIONS": False}


def make_database(kind: str, name: str, folder: Path) -> str:
    """An empty database; its DATABASE_URL."""
    if kind == "sqlite":
        return f"sqlite:///{folder / name}.db"
    with admin_engine(kind).connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}" + (" WITH (FORCE)" if kind == "postgresql" else "")))
        connection.execute(text(f"CREATE DATABASE {name}"))
        if kind == "postgresql":  # tests outlive no power cut
            connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    return SERVERS[kind].rpartition("/")[0] + "/" + name


def drop_database(kind: str, name: str) -> None:
    """Take the database of a server away again."""
    if kind != "sqlite":
        with admin_engine(kind).connect() as connection:
            forced = " WITH (FORCE)" if kind == "postgresql" else ""
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}{forced}"))


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """The name of this pytest process, for databases and folders of its own."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, kind: str, worker: str) -> Iterator[tuple[Blog, Path]]:
    """The app on a migrated, empty database; and the folder with a copy of that database, where it is a file."""
    folder, name = tmp_path_factory.mktemp("blog"), f"blog_test_{worker}"
    url = make_database(kind, name, folder)
    app = create_app(settings(INSTANCE_PATH=str(folder / "instance"), DATABASE_URL=url))
    with app.app_context():
        upgrade()
        db.engine.dispose()
    if kind == "sqlite":
        shutil.copy(folder / f"{name}.db", folder / "empty.db")
    yield app, folder
    with app.app_context():
        db.engine.dispose()
    drop_database(kind, name)


@pytest.fixture
def app(template: tuple[Blog, Path], kind: str, worker: str) -> Blog:
    """The app on an empty database."""
    app, folder = template
    shutil.rmtree(folder / "instance", ignore_errors=True)
    (folder / "instance").mkdir()
    with app.app_context():
        if kind == "sqlite":
            db.engine.dispose()
            file = folder / f"blog_test_{worker}.db"
            for suffix in ("-wal", "-shm"):
                Path(f"{file}{suffix}").unlink(missing_ok=True)
            shutil.copy(folder / "empty.db", file)
        else:
            empty_tables(kind)
    refusals.forget()
    return app


def empty_tables(kind: str) -> None:
    """Delete every row on a database server; far faster than TRUNCATE on small tables."""
    off, on = {
        "postgresql": ("SET session_replication_role = replica", "SET session_replication_role = DEFAULT"),
        "mariadb": ("SET FOREIGN_KEY_CHECKS = 0", "SET FOREIGN_KEY_CHECKS = 1"),
    }[kind]
    names = [*(table.name for table in db.metadata.sorted_tables), "post_search"]
    filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names)
    with db.engine.begin() as connection:
        connection.execute(text(off))
        for name in connection.scalars(text(filled)).all():
            verb = "TRUNCATE TABLE" if name == "audit_events" and kind == "mariadb" else "DELETE FROM"
            connection.execute(text(f"{verb} {name}"))
        connection.execute(text(on))


@pytest.fixture
def another_blog(tmp_path: Path, worker: str) -> Iterator[Callable[[str], Blog]]:
    """Makes blogs beside `app`, each on an empty database of a kind that no migration has touched."""
    made: list[tuple[Blog, str, str]] = []

    def make(kind: str) -> Blog:
        name = f"blog_other_{worker}_{len(made)}"
        url = make_database(kind, name, tmp_path)
        app = create_app(settings(INSTANCE_PATH=str(tmp_path / f"instance-{len(made)}"), DATABASE_URL=url))
        made.append((app, kind, name))
        return app

    yield make
    for app, kind, name in made:
        with app.app_context():
            db.engine.dispose()
        drop_database(kind, name)


@pytest.fixture
def make(app: Blog) -> Factory:
    """Makes things with the least that is valid: `make.user()`, `make.post(title="…")`."""
    return Factory(app)


@pytest.fixture
def visitor(app: Blog) -> Browser:
    """Somebody who is not signed in."""
    return Browser(app)


@pytest.fixture
def long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever guesses waits a minute at first, not a second: a slow machine does not outlast it."""
    monkeypatch.setattr(throttles, "FIRST_WAIT", timedelta(minutes=1))


@pytest.fixture
def outbox(app: Blog) -> Iterator[Outbox]:
    """The mail that the app sends."""
    before = app.extensions[TRANSPORT]
    yield Outbox(app)
    app.extensions[TRANSPORT] = before


@pytest.fixture
def no_mail(app: Blog) -> Iterator[None]:
    """The app has no way to send mail."""
    before, app.extensions[TRANSPORT] = app.extensions[TRANSPORT], None
    yield
    app.extensions[TRANSPORT] = before


@pytest.fixture
def in_app(app: Blog) -> Iterator[None]:
    """An app context and a writing transaction that is committed, for tests of operations."""
    with app.app_context(), transaction():
        yield


@pytest.fixture
def count_queries(app: Blog) -> Any:
    """`with count_queries() as queries: …` then `len(queries)`: the statements that a request sends."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        with app.app_context():
            engine = db.engine
        queries: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                queries.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield queries
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting
