"""`flask check --deploy`: nothing is found where all is well, and each thing that is wrong is, until it is mended."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text

import config
from blog import Blog, clock, create_app
from blog.auth.factors.models import Authenticator
from blog.cli.backup.last import note_backup
from blog.cli.revisions import newest_revisions
from blog.db import db, sqlite_module, transaction
from blog.site.settings import SignUps, change_settings
from tests.cli.conftest import refusal, run
from tests.factories import Factory

GOOD = {
    "SECRET_KEY": "Jx0vRk3Zq9bTn7LwYc2HfUe5SgAa8PdM",
    "BASE_URL": "https://blog.spare-parts.info",
    "TRUSTED_PROXIES": "127.0.0.1,::1",
    "TRUSTED_HOSTS": "www.spare-parts.info",
    "SMTP_URL": "smtp://blog:ledger@mail.spare-parts.info:587",
}


@dataclass
class Installation:
    """A blog as one on the internet should be; a test changes one thing of it before `check` looks."""

    instance: Path
    url: str
    kind: str
    environ: dict[str, str] = field(default_factory=lambda: dict(GOOD))

    def app(self) -> Blog:
        """The app with the settings as they are now."""
        given = self.environ | {"INSTANCE_PATH": str(self.instance), "DATABASE_URL": self.url}
        return create_app(config.load(given))

    def file(self) -> Path:
        """The database's file."""
        return Path(self.url.removeprefix("sqlite:///"))

    def check(self) -> Result:
        """What the command says."""
        app = self.app()
        result = run(app, "check", "--deploy")
        with app.app_context():
            db.engine.dispose()
        return result

    def tell(self, statement: str) -> None:
        """Change the database behind the blog's back."""
        app = self.app()
        with app.app_context():
            with db.engine.execution_options(writing=True).begin() as connection:
                connection.execute(text(statement))
            db.engine.dispose()

    def change_settings(self, **changes: Any) -> None:
        """Change what an admin changes on a page."""
        app = self.app()
        with app.app_context():
            with transaction():
                change_settings(**changes)
            db.engine.dispose()


@pytest.fixture
def installation(app: Blog, make: Factory, monkeypatch: Any, kind: str) -> Iterator[Installation]:
    """Everything is as it should be, whoever runs the tests; in a folder that everybody may enter."""
    monkeypatch.setattr(os, "geteuid", lambda: 1_000)
    monkeypatch.setattr("blog.db.connections.FIRST_SOUND_SQLITE", (3, 0, 0))
    for name in ("FLASK_DEBUG", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    admin = make.user("admin")
    make.act(lambda: db.session.add(Authenticator(user_id=admin.id, secret="x", last_step=0, created_at=clock.now())))
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder, "instance")
        instance.mkdir(mode=0o700)
        Path(folder).chmod(0o711)
        note_backup(instance, clock.now())
        if kind == "sqlite":
            with app.app_context():
                with db.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                db.engine.dispose()
            shutil.copy(url.removeprefix("sqlite:///"), Path(folder, "blog.db"))
            Path(folder, "blog.db").chmod(0o600)
            url = f"sqlite:///{folder}/blog.db"
        made = Installation(instance, url, kind)
        yield made
        if kind != "sqlite":  # whose tables stay for the next test
            made.url = url
            made.tell("DELETE FROM alembic_version")
            made.tell(f"INSERT INTO alembic_version VALUES ('{make.read(newest_revisions).pop()}')")


def test_nothing_is_wrong_with_a_blog_that_is_well_installed(installation: Installation) -> None:
    result = installation.check()

    assert result.output == "Everything is as it should be.\n"
    assert result.exit_code == 0


def with_setting(name: str, value: str | None) -> Callable[[Installation, Any], None]:
    """Break it by a setting; None unsets it."""

    def break_(installation: Installation, _monkeypatch: Any) -> None:
        installation.environ.pop(name, None)
        if value is not None:
            installation.environ[name] = value

    return break_


def turn_debugger_on(_installation: Installation, monkeypatch: Any) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")


def become_root(_installation: Installation, monkeypatch: Any) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def have_old_sqlite(_installation: Installation, monkeypatch: Any) -> None:
    monkeypatch.setattr("blog.db.connections.FIRST_SOUND_SQLITE", (99, 0, 0))


def forget_backup(installation: Installation, _monkeypatch: Any) -> None:
    (installation.instance / "last_backup").unlink()


def let_backup_age(installation: Installation, _monkeypatch: Any) -> None:
    note_backup(installation.instance, clock.now() - timedelta(days=9))


def spoil_backup_note(installation: Installation, _monkeypatch: Any) -> None:
    (installation.instance / "last_backup").write_text("yesterday")


def open_secret_key(installation: Installation, _monkeypatch: Any) -> None:
    file = installation.instance / "secret_key"
    file.write_text(GOOD["SECRET_KEY"])
    installation.instance.chmod(0o711)
    file.chmod(0o644)


def open_instance(installation: Installation, _monkeypatch: Any) -> None:
    installation.instance.chmod(0o777)


def send_mail_in_the_open(installation: Installation, _monkeypatch: Any) -> None:
    installation.environ["SMTP_URL"] = "smtp://mail.spare-parts.info?starttls=no"


def send_no_mail(installation: Installation, _monkeypatch: Any) -> None:
    del installation.environ["SMTP_URL"]
    installation.change_settings(sign_ups=SignUps.INVITATION)


def lose_second_factor(installation: Installation, _monkeypatch: Any) -> None:
    installation.tell("DELETE FROM authenticators")


def lose_owner(installation: Installation, _monkeypatch: Any) -> None:
    installation.tell("UPDATE users SET role = 'author'")


def go_back_a_migration(installation: Installation, _monkeypatch: Any) -> None:
    installation.tell("DELETE FROM alembic_version")


def come_from_the_future(installation: Installation, _monkeypatch: Any) -> None:
    installation.tell("UPDATE alembic_version SET version_num = 'tomorrow'")


def lose_database(installation: Installation, _monkeypatch: Any) -> None:
    if installation.kind == "sqlite":
        installation.url = f"sqlite:///{installation.instance}"  # a folder
    else:
        installation.url = re.sub(r":\d+/", ":1/", installation.url)


BROKEN: dict[str, tuple[Callable[[Installation, Any], None], str, str]] = {
    "the debugger": (turn_debugger_on, "error", "Flask's debugger is on"),
    "a key of one character": (with_setting("SECRET_KEY", "a" * 40), "error", "SECRET_KEY can be guessed"),
    "a key of words": (with_setting("SECRET_KEY", "password" * 5), "error", "SECRET_KEY can be guessed"),
    "a key of the manual": (with_setting("SECRET_KEY", "change-me" * 4), "error", "SECRET_KEY can be guessed"),
    "no HTTPS": (with_setting("BASE_URL", "http://blog.spare-parts.info"), "error", "without HTTPS"),
    "this machine's address": (with_setting("BASE_URL", "https://localhost"), "error", "this machine's own"),
    "the documents' address": (with_setting("BASE_URL", "https://blog.example.org"), "error", "of the documents"),
    "a wildcard host": (with_setting("TRUSTED_HOSTS", ".spare-parts.info"), "error", "wildcards mean nothing"),
    "an address as host": (with_setting("TRUSTED_HOSTS", "203.0.113.7"), "warning", "only scans addresses"),
    "an IPv6 address as host": (with_setting("TRUSTED_HOSTS", "[2001:db8::1]:80"), "warning", "only scans addresses"),
    "localhost as host": (with_setting("TRUSTED_HOSTS", "localhost:8000"), "warning", "only scans addresses"),
    "no proxy": (with_setting("TRUSTED_PROXIES", None), "error", "TRUSTED_PROXIES is not set"),
    "everybody a proxy": (with_setting("TRUSTED_PROXIES", "0.0.0.0/0"), "error", "TRUSTED_PROXIES has 0.0.0.0/0"),
    "everybody a proxy by IPv6": (with_setting("TRUSTED_PROXIES", "::1,::/0"), "error", "TRUSTED_PROXIES has ::/0"),
    "half of the internet a proxy": (with_setting("TRUSTED_PROXIES", "128.0.0.0/1"), "error", "in which anybody is"),
    "no mail": (send_no_mail, "warning", "SMTP_URL is not set"),
    "mail without TLS": (send_mail_in_the_open, "error", "mail.spare-parts.info without TLS"),
    "root": (become_root, "error", "runs as root"),
    "an old SQLite": (have_old_sqlite, "error", "has a rare bug"),
    "no backup": (forget_backup, "warning", "No backup was made here yet"),
    "an old backup": (let_backup_age, "warning", "The last backup is 9 days old"),
    "a backup's note that can't be read": (spoil_backup_note, "warning", "No backup was made here yet"),
    "a key that everybody reads": (open_secret_key, "error", "secret_key. Run `chmod o-rwx"),
    "a folder that everybody writes to": (open_instance, "error", "Everybody on this machine can write to"),
    "an admin with a password alone": (lose_second_factor, "warning", "A password alone opens everything to person1"),
    "no owner": (lose_owner, "error", "Nobody owns the blog yet"),
    "a migration that waits": (go_back_a_migration, "error", "waits for a migration"),
    "a database of tomorrow": (come_from_the_future, "error", "newer than this version"),
    "no database": (lose_database, "error", "can't be used"),
}  # fmt: skip


@pytest.mark.parametrize("what", list(BROKEN))
def test_each_thing_that_is_wrong_is_one_line(installation: Installation, what: str, monkeypatch: Any) -> None:
    break_, level, finding = BROKEN[what]
    break_(installation, monkeypatch)

    result = installation.check()

    lines = [line for line in result.output.splitlines() if re.match(r"(error|warning) ", line)]
    about = [line for line in lines if line.startswith(f"{level:<8}") and finding in line]
    assert len(about) == 1, result.output
    assert refusal(result).endswith("wrong.")
    if what not in ("no HTTPS",):  # which is of the address and of the cookies
        assert len(lines) == 1, result.output


def test_without_https_cookies_are_open_too(installation: Installation) -> None:
    installation.environ["BASE_URL"] = "http://blog.spare-parts.info"

    assert "Cookies are not bound to HTTPS" in installation.check().output


def test_open_sign_ups_without_mail_are_found(installation: Installation) -> None:
    del installation.environ["SMTP_URL"]
    installation.change_settings(sign_ups=SignUps.OPEN)

    assert "Anybody can make an account" in installation.check().output


def test_mail_through_this_machine_needs_no_tls(installation: Installation) -> None:
    installation.environ["SMTP_URL"] = "smtp://127.0.0.1:25?starttls=no"

    assert installation.check().exit_code == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"SESSION_COOKIE_SECURE": False},
        {"SESSION_COOKIE_HTTPONLY": False},
        {"SESSION_COOKIE_SAMESITE": None},
        {"SESSION_COOKIE_NAME": "state"},
        {"BLOG_SESSION_COOKIE": "session"},
    ],
)
def test_cookies_that_were_changed_are_found(installation: Installation, changes: dict[str, Any]) -> None:
    app = installation.app()
    app.config.update(changes)

    assert "Cookies are not bound to HTTPS" in run(app, "check", "--deploy").output


def test_beside_a_database_server_the_key_is_set(installation: Installation) -> None:
    del installation.environ["SECRET_KEY"]

    said = installation.check().output

    assert ("SECRET_KEY is not set" in said) == (installation.kind != "sqlite")


def test_more_workers_than_processors_are_too_many_for_sqlite(installation: Installation) -> None:
    installation.environ["WORKERS"] = str(min(64, (os.cpu_count() or 1) + 1))

    said = installation.check().output

    assert ("SQLite lets one of them write at a time" in said) == (installation.kind == "sqlite")


def test_a_file_that_only_its_folder_protects_is_protected(installation: Installation, monkeypatch: Any) -> None:
    open_secret_key(installation, monkeypatch)
    installation.instance.chmod(0o700)

    assert installation.check().exit_code == 0


def test_several_things_are_several_lines(installation: Installation, monkeypatch: Any) -> None:
    become_root(installation, monkeypatch)
    forget_backup(installation, monkeypatch)
    del installation.environ["TRUSTED_PROXIES"]

    result = installation.check()

    assert refusal(result) == "3 things are wrong."


def test_a_backup_is_remembered(installation: Installation, tmp_path: Path, monkeypatch: Any) -> None:
    forget_backup(installation, monkeypatch)
    app = installation.app()

    made = run(app, "backup", tmp_path / "blog.zip")

    assert made.exit_code == 0, made.output
    assert installation.check().exit_code == 0


def test_a_backup_is_made_though_it_cant_be_remembered(installation: Installation, tmp_path: Path) -> None:
    (installation.instance / ".last_backup.part").mkdir()

    assert run(installation.app(), "backup", tmp_path / "blog.zip").exit_code == 0


def test_what_is_in_the_blog_and_how_it_is_installed_are_asked_for_one_at_a_time(installation: Installation) -> None:
    result = run(installation.app(), "check", "--deploy", "--repair")

    assert result.exit_code == 2
    assert "--deploy only looks" in result.output


# SQLite's own file


@pytest.fixture
def on_sqlite(installation: Installation) -> Installation:
    """An installation whose database is a file."""
    if installation.kind != "sqlite":
        pytest.skip("for a file only")
    return installation


@pytest.mark.parametrize("ending", ["", "-wal"])
def test_a_database_that_everybody_reads_is_found(on_sqlite: Installation, ending: str) -> None:
    file = Path(f"{on_sqlite.file()}{ending}")
    with closing(sqlite_module.connect(str(on_sqlite.file()))) as held:  # the journal stays while somebody reads
        held.execute("SELECT count(*) FROM users").fetchone()
        file.chmod(0o644)

        said = on_sqlite.check().output

    assert f"can read or write {file}. Run `chmod o-rwx {file}`" in said


def test_a_damaged_file_is_found(on_sqlite: Installation) -> None:
    content = bytearray(on_sqlite.file().read_bytes())
    for page in range(2, len(content) // 4096, 3):
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    on_sqlite.file().write_bytes(content)

    result = on_sqlite.check()

    assert result.exit_code == 1
    assert re.search(r"^error +(The database file is damaged|The database .+ can't be used)", result.output, re.M)


def test_a_database_that_is_not_there_is_not_made(on_sqlite: Installation, tmp_path: Path) -> None:
    on_sqlite.url = f"sqlite:///{tmp_path}/none.db"

    said = on_sqlite.check().output

    assert "The database waits for a migration. Run `flask db upgrade`." in said
    assert not (tmp_path / "none.db").exists()
