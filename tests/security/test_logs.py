"""The log: one line a record whatever is in it, who and from where in it, and no secret (ASVS 5.0.0, V16; attack 15)."""

import io
import json
import logging
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from blog.auth import operations
from blog.auth.models import User
from blog.auth.operations import Registration
from blog.db import db, transaction
from blog.web.logging import MESSAGE_LENGTH, VALUE_LENGTH, JsonFormatter, TextFormatter, write_log
from config import SettingError
from tests.browser_like import Browser
from tests.conftest import settings
from tests.factories import PASSWORD
from tests.whole_visit import LAST_PASSWORD, pay_a_visit

pytestmark = pytest.mark.one_database

ODD = "Mozilla\r\nauthn_login_success:admin\x1b[31m\x1b]0;x\x07\u2028\u0085\x9b2J\x00 end"


class Log:
    """What a server would have written to its stdout."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def records(self) -> list[dict]:
        """Each line, which must be JSON."""
        return [json.loads(line) for line in self.text.split("\n") if line]

    def of(self, name: str) -> list[dict]:
        return [record for record in self.records if record.get("event") == name]


@pytest.fixture
def log():
    """The log of this process, as JSON, while the test runs."""
    written, root, ours = Log(), logging.getLogger(), logging.getLogger("blog")
    levels = root.level, ours.level
    handler = write_log("json", "https://blog.example.org", written.stream)
    yield written
    root.removeHandler(handler)
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


# V16.3.1


def test_every_sign_in_is_a_line_with_who_from_where_and_when(app, make, log):
    user = make.user(username="ines")
    browser = Browser(app, address="203.0.113.9")
    browser.get("/login")
    browser.submit("/login", login="ines", password="a wrong password")
    browser.sign_in(user)

    (failed,), (done,) = log.of("authn_login_fail"), log.of("authn_login_success")

    assert (failed["message"], failed["level"]) == ("authn_login_fail:ines", "WARNING")
    assert (done["message"], done["actor_name"]) == ("authn_login_success:ines", "ines")
    for line in (failed, done):
        assert (line["address"], line["method"], line["endpoint"]) == ("203.0.113.9", "POST", "/login")
        assert re.fullmatch("[0-9a-f]{16}", line["request_id"])
        moment = datetime.fromisoformat(line["time"])
        assert moment.utcoffset() == UTC.utcoffset(None)
        assert abs((datetime.now(UTC) - moment).total_seconds()) < 60


def test_a_line_says_which_member_asked(app, make, log):
    user = make.user()
    browser = Browser(app).sign_in(user)

    browser.get("/admin/")

    assert log.of("authz_fail")[0]["user_id"] == user.id


# V16.4.1, attack 15


@pytest.mark.parametrize("agent", [ODD.replace("\r\n", " "), "A" * 8_000])
def test_an_odd_user_agent_is_one_line_cut(app, make, log, agent):
    user = make.user(username="ines")
    browser = Browser(app)

    browser.post("/login", {"login": "ines", "password": PASSWORD}, headers={"User-Agent": agent.encode("latin-1", "ignore").decode("latin-1").replace("\x00", "")})  # fmt: skip

    assert make.fresh(user)
    (line,) = log.of("authn_login_success")
    assert len(json.dumps(line)) < 3_000
    assert log.text.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", log.text)


def test_an_odd_name_is_one_line(app, make, log):
    """Deeper than a form would let it: what stands in the database may be older than the form's rules."""
    with app.app_context(), transaction():
        operations.create_account(Registration("x", None, None), now=datetime.now(UTC)).username = "x"
        user = db.session.query(User).one()
        user.username = ODD[:40].replace("\x00", "")
        operations.change_password(user, "$argon2id$none")

    lines = [record for record in log.records if record["logger"] == "blog.audit"]

    assert len(lines) == log.text.count("\n") == 2
    assert lines[-1]["message"].startswith("authn_password_change:Mozilla\r\n")
    assert "\x1b" not in log.text


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()])
@pytest.mark.parametrize("message", [ODD, "A" * 1_000_000, "\ud800 alone", "{'a': 1}%s"])
def test_any_record_is_one_line_cut(formatter, message):
    record = logging.LogRecord("blog", logging.INFO, "x.py", 1, "%s", (message,), None)
    record.fields = {"details": {"agent": message, "list": [message]}}

    line = formatter.format(record)

    assert len(line) < 6 * (MESSAGE_LENGTH + 2 * VALUE_LENGTH) + 500
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line)


def test_the_lines_of_a_trace_can_not_be_taken_for_records():
    error = ValueError("x\n12:00:00 INFO blog.audit: authn_login_success:admin\x1b[31m")
    record = logging.LogRecord("blog", logging.ERROR, "x.py", 1, "failed", (), (type(error), error, None))

    as_text, as_json = TextFormatter().format(record), JsonFormatter().format(record)

    assert all(line.startswith("  | ") for line in as_text.split("\n")[1:])
    assert "\x1b" not in as_text + as_json
    assert "\n" not in as_json


# V16.2.5


def test_no_secret_of_a_whole_visit_is_in_the_log(app, visitor, make, log, monkeypatch):
    visit = pay_a_visit(app, visitor, make)
    monkeypatch.setitem(app.view_functions, "auth.open_reset_link", lambda token: 1 / 0)
    assert visit.browser.get(visit.link).status == 500
    monkeypatch.undo()
    assert Browser(app).post(visit.link, b"x" * 30_000_000).status == 413
    visit.browser.get(f"{visit.link}?token={visit.link.rpartition('/')[2]}", follow=True)
    visit.browser.submit("/reset/password", password=LAST_PASSWORD)

    assert len(log.records) > 10
    for secret in visit.secrets:
        assert secret not in log.text, secret


def test_no_secret_of_a_preview_link_is_in_the_log(app, visitor, make, log, monkeypatch):
    ines = make.user("author")
    post = make.post("Draft", author=ines, state="draft")
    browser = Browser(app).sign_in(ines)
    browser.get(f"/write/{post.id}/links")
    browser.submit(f"/write/{post.id}/links", label="Rosa")
    secret = browser.page.one("input", id="preview-link").get("value").rpartition("/")[2]

    assert visitor.get(f"/preview/{secret}").status == 200
    monkeypatch.setitem(app.view_functions, "posts.show_shared", lambda token: 1 / 0)
    assert visitor.get(f"/preview/{secret}").status == 500

    assert log.of("preview_link_created")[0]["details"] == {"link_for": "Rosa", "days": 7}
    assert "ZeroDivisionError" in log.text
    assert secret not in log.text


def test_an_error_of_the_database_says_no_values(app, log):
    with app.app_context(), pytest.raises(Exception, match="SQL parameters hidden") as caught:
        db.session.execute(text("SELECT nothing FROM nowhere WHERE x = :x"), {"x": "a secret value"})

    assert "a secret value" not in str(caught.value)


# V16.5


def test_a_failure_shows_a_number_that_is_in_the_log_and_no_trace(app, visitor, log, monkeypatch):
    monkeypatch.setitem(app.view_functions, "posts.list_posts", lambda: 1 / 0)

    page = visitor.get("/")

    (line,) = [record for record in log.records if record["level"] == "ERROR"]
    number = re.search(r"failure ([0-9a-f]{8})", line["message"])[1]
    assert page.status == 500
    assert number in page.text
    assert "ZeroDivisionError" in line["trace"]
    assert "ZeroDivision" not in page.html
    assert "Traceback" not in page.html


def test_when_rights_can_not_be_read_nobody_is_let_in(app, make, log):
    """V16.5.3: the database fails while it is asked who may."""
    browser = Browser(app).sign_in(make.user("admin"))
    assert browser.get("/admin/").status == 200

    def rename(before: str, after: str) -> None:
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))

    rename("user_sessions", "user_sessions_away")
    try:
        pages = [browser.get(path) for path in ("/admin/", "/admin/audit", "/write/", "/account/")]
        act = browser.post("/admin/settings", {"title": "Taken"})
    finally:
        rename("user_sessions_away", "user_sessions")

    assert [page.status for page in pages] == [503] * 4
    assert act.status in (403, 503)
    assert all("chief" not in page.html for page in pages)


# The setting


@pytest.mark.parametrize(("value", "ending"), [("json", "}\n"), ("text", "authn_login_success:ines\n")])
def test_the_format_is_a_setting(value, ending):
    stream, root = io.StringIO(), logging.getLogger()
    handler = write_log(value, "http://127.0.0.1:8000", stream)
    try:
        logging.getLogger("blog.audit").warning("authn_login_success:%s", "ines")
    finally:
        root.removeHandler(handler)

    assert stream.getvalue().endswith(ending)


def test_a_public_blog_writes_json_and_one_at_home_text():
    root = logging.getLogger()
    kinds = []
    for base_url in ("https://blog.example.org", "http://127.0.0.1:8000"):
        handler = write_log(None, base_url, io.StringIO())
        root.removeHandler(handler)
        kinds.append(type(handler.formatter))

    assert kinds == [JsonFormatter, TextFormatter]


def test_another_format_stops_the_start():
    with pytest.raises(SettingError, match="LOG_FORMAT must be json or text"):
        settings(LOG_FORMAT="xml")


def test_another_redis_stops_the_start():
    with pytest.raises(SettingError, match="REDIS_URL must start with"):
        settings(REDIS_URL="localhost:6379")
