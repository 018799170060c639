"""What every test stands on: a real database of each kind, the real app, and a browser that checks every page.

`TEST_DATABASE` chooses `sqlite` (the default), `postgresql` or `mariadb`; `TEST_POSTGRESQL_URL` and
`TEST_MARIADB_URL` say where the servers are. Each request runs in an app context of its own, so a commit that is
lost is noticed.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask_migrate import upgrade
from sqlalchemy import create_engine, text

import config
from blog import Blog, create_app
from blog.db import db, transaction
from tests.browser_like import Browser
from tests.factories import Factory

KIND = os.environ.get("TEST_DATABASE", "sqlite")
SERVERS = {
    "postgresql": os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
    "mariadb": os.environ.get("TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306/mysql"),
}
REQUIRED = os.environ.get("TEST_REQUIRE_ALL") == "1"


def server_url(kind: str, name: str) -> str:
    """The address of the database `name` on the test server of a kind."""
    return SERVERS[kind].rpartition("/")[0] + "/" + name


def make_database(kind: str, name: str, folder: Path) -> str:
    """An empty database; its DATABASE_URL."""
    if kind == "sqlite":
        return f"sqlite:///{folder / name}.db"
    admin = config.load({"DATABASE_URL": SERVERS[kind]})["SQLALCHEMY_DATABASE_URI"]
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}" + (" WITH (FORCE)" if kind == "postgresql" else "")))
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server_url(kind, name)


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """The name of this pytest process, for databases and folders of its own."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, worker: str) -> tuple[Blog, Path]:
    """The app on a migrated, empty database; and a copy of that database, where it is a file."""
    folder = tmp_path_factory.mktemp("blog")
    settings = config.load(
        {
            "INSTANCE_PATH": str(folder / "instance"),
            "DATABASE_URL": make_database(KIND, f"blog_test_{worker}", folder),
            "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
        }
    )
    app = create_app(settings | {"TESTING": True, "PROPAGATE_EXCEPTIONS": False})
    with app.app_context():
        upgrade()
        db.engine.dispose()
    if KIND == "sqlite":
        shutil.copy(folder / f"blog_test_{worker}.db", folder / "empty.db")
    return app, folder


@pytest.fixture
def app(template: tuple[Blog, Path], worker: str) -> Blog:
    """The app on an empty database."""
    app, folder = template
    shutil.rmtree(folder / "instance", ignore_errors=True)
    (folder / "instance").mkdir()
    with app.app_context():
        if KIND == "sqlite":
            db.engine.dispose()
            for suffix in ("-wal", "-shm"):
                (folder / f"blog_test_{worker}.db{suffix}").unlink(missing_ok=True)
            shutil.copy(folder / "empty.db", folder / f"blog_test_{worker}.db")
        else:
            empty_tables()
    return app


def empty_tables() -> None:
    """Delete every row on a database server."""
    names = [table.name for table in db.metadata.sorted_tables] + ["post_search"]
    with db.engine.begin() as connection:
        if KIND == "postgresql":
            connection.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE"))
            return
        connection.execute(text("SET FOREIGN_KEY_CHECKS = 0"))
        for name in names:
            connection.execute(text(f"DELETE FROM {name}"))  # far faster than TRUNCATE on small tables
        connection.execute(text("SET FOREIGN_KEY_CHECKS = 1"))


@pytest.fixture
def make(app: Blog) -> Factory:
    """Makes things with the least that is valid: `make.user()`, `make.post(title="…")`."""
    return Factory(app)


@pytest.fixture
def visitor(app: Blog) -> Browser:
    """Somebody who is not signed in."""
    return Browser(app)


@pytest.fixture
def in_app(app: Blog) -> Iterator[None]:
    """An app context and a writing transaction that is committed, for tests of operations."""
    with app.app_context(), transaction():
        yield


@pytest.fixture
def count_queries(app: Blog) -> Any:
    """`with count_queries() as queries: …` then `len(queries)`: the statements that a request sends."""
    from contextlib import contextmanager

    from sqlalchemy import event

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
