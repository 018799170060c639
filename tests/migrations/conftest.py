"""A database of its own for every test of the migrations, and a folder of migrations that a test may add to."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import MetaData, text

from blog import Blog, create_app
from blog.db import db
from tests.conftest import drop_database, make_database, settings
from tests.factories import Factory

ROOT = Path(__file__).resolve().parents[2]
NEWEST = max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("*.py"))
NEXT = f"{int(NEWEST) + 1:04d}"
"""The number of a migration that a test adds."""


@dataclass
class Site:
    """A blog on an empty database, with its own folder of migrations."""

    app: Blog
    url: str
    folder: Path
    scripts: Path
    """The folder of its migrations."""

    @property
    def snapshots(self) -> list[Path]:
        """The copies that were kept of its database."""
        return sorted(self.folder.glob("snapshots/*.db"))

    def flask(self, *arguments: str) -> Result:
        """Run a command in this process."""
        return self.app.test_cli_runner().invoke(args=["db", "-d", str(self.scripts), *arguments])

    def upgrade(self, *arguments: str) -> Result:
        """`flask db upgrade`, which must succeed."""
        result = self.flask("upgrade", *arguments)
        assert result.exit_code == 0, result.output
        return result

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start `flask db …` as a process of its own, as an admin does."""
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "db", "-d", str(self.scripts), *arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "DATABASE_URL": self.url, "INSTANCE_PATH": str(self.folder)} | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def add(self, upgrade: str, downgrade: str = "pass", revision: str = NEXT) -> Path:
        """Add a migration after the last one."""
        last = max(path.name[:4] for path in self.scripts.glob("versions/*.py"))
        path = self.scripts / "versions" / f"{revision}_added.py"
        path.write_text(
            f'"""Added by a test."""\n\nimport os, time, pathlib\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
            f"revision, down_revision = {revision!r}, {last!r}\n\n\n"
            f"def upgrade():\n{indent(dedent(upgrade).strip(), '    ')}\n\n\n"
            f"def downgrade():\n{indent(dedent(downgrade).strip(), '    ')}\n",
            encoding="utf-8",
        )
        return path

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database answers."""
        with self.app.app_context(), db.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def tell(self, statement: str) -> None:
        """Change the database."""
        with self.app.app_context(), db.engine.begin() as connection:
            connection.execute(text(statement))

    def schema(self) -> dict[str, Any]:
        """Everything that the database says of its tables."""
        found = MetaData()
        with self.app.app_context(), db.engine.connect() as connection:
            found.reflect(connection)
        return {
            table.name: {
                "columns": sorted((column.name, str(column.type), column.nullable) for column in table.columns),
                "indexes": sorted((str(index.name), [*index.columns.keys()]) for index in table.indexes),
                "constraints": sorted(
                    f"{type(one).__name__} {one.name} {sorted(column.name for column in one.columns)} "
                    f"{[(key.target_fullname, key.ondelete) for key in getattr(one, 'elements', [])]}"
                    for one in table.constraints
                ),
            }
            for table in found.sorted_tables
        }

    def revision(self) -> list[tuple[Any, ...]]:
        """At which migration the database is."""
        return self.ask("SELECT version_num FROM alembic_version")


@pytest.fixture
def make_site(tmp_path: Path, worker: str) -> Iterator[Callable[..., Site]]:
    """Makes a blog on an empty database of a kind."""
    name, made = f"blog_migrations_{worker}", []

    def make(kind: str, folder_name: str = "instance") -> Site:
        folder = tmp_path / folder_name
        folder.mkdir()
        url = make_database(kind, name, folder)
        site = Site(
            create_app(settings(INSTANCE_PATH=str(folder), DATABASE_URL=url)), url, folder, tmp_path / "migrations"
        )
        shutil.copytree(ROOT / "migrations", site.scripts, ignore=shutil.ignore_patterns("__pycache__"))
        made.append((kind, site))
        return site

    yield make
    for kind, site in made:
        with site.app.app_context():
            db.engine.dispose()
        drop_database(kind, name)


@pytest.fixture
def site(kind: str, make_site: Callable[..., Site]) -> Site:
    """A blog on an empty database."""
    return make_site(kind)


@pytest.fixture
def sqlite_site(make_site: Callable[..., Site]) -> Site:
    """A blog on an empty SQLite file, for what only SQLite needs."""
    return make_site("sqlite")


@pytest.fixture
def seed() -> Callable[[Site], None]:
    """Fills a blog at the newest migration with people, posts, tags and comments that refer to each other."""

    def fill(site: Site) -> None:
        make = Factory(site.app)
        author = make.user("author", username="ada")
        post = make.post("A post", author=author, tags=["ink", "paper"])
        first = make.comment(post, author=make.user(username="rosa"))
        make.comment(post, "An answer.", parent=first)
        make.post("Another", author=author, state="draft")

    return fill
