"""The audit log: everything that should be in it is, nothing that should not be, and nobody changes it."""

import ast
import json
import logging
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from blog import clock
from blog.admin import audit_particulars, audit_words
from blog.admin.forms import OWN, SettingsForm
from blog.auth import operations, throttles
from blog.auth.models import Role, TokenPurpose, User
from blog.db import db, keep_changes, transaction
from blog.site import asking, audit
from blog.site.models import AuditEvent
from blog.site.settings import SiteSettings
from blog.web.limits import LOG_INS_A_MINUTE
from tests.browser_like import Browser
from tests.factories import NEW_PASSWORD
from tests.whole_visit import LAST_PASSWORD, pay_a_visit

PACKAGE = Path(__file__).resolve().parents[2] / "blog"


def events(make, name: str | None = None) -> list[AuditEvent]:
    """What is on record, the oldest first."""

    def query():
        found = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        db.session.expunge_all()
        return [one for one in found if name is None or one.event == name]

    return make.read(query)


def last(make, name: str) -> AuditEvent:
    return events(make, name)[-1]


def test_signing_in_is_on_record_with_who_and_from_where(app, make):
    user = make.user(username="ines")

    Browser(app, address="203.0.113.9").sign_in(user)

    event = last(make, "authn_login_success")
    assert (event.actor_id, event.actor_name, event.subject_id) == (user.id, "ines", user.id)
    assert (event.address, event.via) == ("203.0.113.9", "web")
    assert clock.now() - event.at < timedelta(seconds=30)


def test_a_wrong_password_is_on_record_and_an_unknown_name_is_not_written_down(visitor, make):
    user = make.user(username="ines")
    for login in ("ines", "my secret in the wrong field"):
        visitor.get("/login")
        visitor.submit("/login", login=login, password="wrong password")

    known, unknown = events(make, "authn_login_fail")

    assert (known.subject_id, known.actor_id) == (user.id, None)
    assert (unknown.subject_id, unknown.subject_label) == (None, None)


def test_a_flood_of_wrong_passwords_leaves_few_rows(visitor, make):
    make.user(username="ines")
    for _ in range(30):
        visitor.get("/login")
        visitor.submit("/login", login="ines", password="wrong password")

    tried_again = 4  # the waits double: 1, 2, 4 and 8 seconds end within the time that a busy machine takes
    assert len(events(make, "authn_login_fail")) <= throttles.FREE_FAILURES + tried_again
    assert last(make, "authn_login_fail_max").details["wait_seconds"] >= 1


def test_the_right_password_at_the_last_free_try_is_no_failure(app, visitor, make):
    user = make.user(username="ines")
    for _ in range(throttles.FREE_FAILURES - 1):
        visitor.get("/login")
        visitor.submit("/login", login="ines", password="wrong password")

    visitor.sign_in(user)

    assert not events(make, "authn_login_fail_max")


def test_signing_out_is_on_record(visitor, make):
    user = make.user()
    visitor.sign_in(user)
    visitor.get("/")
    visitor.submit("/logout")

    assert last(make, "session_expired").actor_id == user.id


def test_what_an_admin_does_to_people_is_on_record(app, make):
    admin, user = make.user("admin"), make.user(username="bo")
    browser = Browser(app).sign_in(admin)
    browser.get(f"/admin/users/{user.id}")
    browser.submit(f"/admin/users/{user.id}", role="author")
    browser.submit("reset-link")
    browser.get(f"/admin/users/{user.id}")
    browser.submit("deactivation")
    browser.get(f"/admin/users/{user.id}")
    browser.submit("deactivation/deletion")

    names = [event.event for event in events(make) if event.actor_id == admin.id and event.subject_id == user.id]

    assert names == [
        "privilege_permissions_changed",
        "authn_token_created",  # the link
        "authn_token_created",  # the one in the mail about it, by which it is taken back
        "user_archived",
        "user_reactivated",
    ]
    assert last(make, "privilege_permissions_changed").details == {"before": "reader", "after": "author"}


def test_settings_are_on_record_from_what_to_what(app, make):
    browser = Browser(app).sign_in(make.user("admin"))
    browser.get("/admin/settings")

    browser.submit("/admin/settings", title="Spare Parts")

    assert last(make, "authz_admin").details == {"changes": {"title": ["My blog", "Spare Parts"]}}


def test_saving_unchanged_settings_is_no_event(app, make):
    browser = Browser(app).sign_in(make.user("admin"))
    browser.get("/admin/settings")

    browser.submit("/admin/settings")

    assert not events(make, "authz_admin")


def test_the_life_of_a_post_and_a_comment_is_on_record(app, make):
    author = make.user("author")
    browser = Browser(app).sign_in(author)
    browser.get("/write/new")
    browser.submit("/write/new", title="Ink", body="Words.")
    path = browser.page.url
    browser.submit(path, title="Ink and paper")
    browser.get(path)
    browser.submit(path, via=f"{path}/publication")
    for act in ("publication/deletion", "trashing", "restoration"):
        browser.get(path)
        browser.submit(act)
    post = make.post()
    browser.get(f"/posts/{post.slug}")
    browser.submit("/comments", body="Well said.")
    comment_id = last(make, "comment_created").subject_id
    browser.get(f"/comments/{comment_id}/edit")
    browser.submit("/edit", body="Well put.")
    browser.submit("/deletion")

    mine = [event.event for event in events(make) if event.actor_id == author.id and event.subject_kind != "user"]

    assert mine == [
        "post_created", "post_updated", "post_updated", "post_published", "post_unpublished", "post_trashed",
        "post_restored", "comment_created", "comment_updated", "comment_deleted",
    ]  # fmt: skip


def test_registering_and_a_new_password_are_on_record(app, visitor, make):
    visitor.get("/register")
    visitor.submit("/register", username="rosa", email="rosa@example.org", password=NEW_PASSWORD)
    secret = make.act(lambda: operations.new_reset_link(db.session.scalars(select(User)).one(), now=clock.now()))
    browser = Browser(app)
    browser.get(f"/reset/{secret}", follow=True)
    browser.submit("/reset", password="another mallet ledger 88")

    assert last(make, "user_created").subject_label == "rosa"
    assert last(make, "authn_token_used").details == {"purpose": "reset_password"}
    assert last(make, "authn_password_change").subject_label == "rosa"


def test_a_right_that_was_refused_is_on_record_though_its_request_is_rolled_back(app, make):
    reader = make.user()
    browser = Browser(app).sign_in(reader)

    page = browser.get("/admin/users")

    event = last(make, "authz_fail")
    assert page.status == 403
    assert (event.actor_id, event.details["endpoint"]) == (reader.id, "admin.list_users")


def test_a_flood_of_refusals_is_recorded_in_part(app, make):
    browser = Browser(app).sign_in(make.user())
    for _ in range(audit.REFUSALS_A_MINUTE + 5):
        assert browser.get("/admin/users").status == 403

    assert len(events(make, "authz_fail")) == audit.REFUSALS_A_MINUTE


def test_refusals_of_many_addresses_are_bounded_too():
    few, now = audit.RefusalBound(), clock.now()

    allowed = [few.allows(f"10.0.{n // 250}.{n % 250}", now) for n in range(audit.REFUSALS_OF_ALL_A_MINUTE + 50)]

    assert sum(allowed) == audit.REFUSALS_OF_ALL_A_MINUTE
    assert few.allows("10.0.0.1", now + timedelta(minutes=1))


def test_a_forged_request_is_on_record(app, make):
    Browser(app).post("/login", {"login": "x"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert last(make, "malicious_cors").details == {"endpoint": "auth.log_in", "method": "POST"}


def test_what_is_done_at_the_command_line_is_on_record(app, make):
    make.user(username="bo")

    result = app.test_cli_runner().invoke(args=["user", "role", "bo", "editor"])

    event = last(make, "privilege_permissions_changed")
    assert result.exit_code == 0
    assert (event.via, event.address, event.actor_id) == ("command line", None, None)
    assert event.actor_name


def test_what_is_rolled_back_was_not_done(app, make, caplog):
    caplog.set_level(logging.INFO)

    def fail() -> None:
        audit.record("user_updated")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        make.act(fail)

    assert not events(make, "user_updated")
    assert not [line for line in caplog.records if line.name == "blog.audit"]


def test_an_event_outside_of_a_transaction_is_refused(app):
    with app.app_context(), pytest.raises(RuntimeError):
        audit.record("user_updated")


@pytest.mark.parametrize("name", ["password", "token", "session_cookie", "password_hash", "client_secret"])
def test_a_detail_that_sounds_like_a_secret_is_refused(in_app, name):
    with pytest.raises(ValueError, match="not for the audit log"):
        audit.record("user_updated", **{name: "x"})


def test_every_committed_event_is_a_line_of_the_log(app, make, caplog):
    caplog.set_level(logging.INFO)
    user = make.user(username="ines")

    Browser(app, address="203.0.113.9").sign_in(user)

    line = next(one for one in caplog.records if one.getMessage() == "authn_login_success:ines")
    assert line.fields["address"] == "203.0.113.9"


def test_no_secret_is_on_record(app, visitor, make):
    """Everything that a person types or is given in a visit, looked for in every row."""
    visit = pay_a_visit(app, visitor, make)
    visit.browser.get(visit.link, follow=True)
    visit.browser.submit("/reset", password=LAST_PASSWORD)

    rows = json.dumps([[str(value) for value in vars(event).values()] for event in events(make)])

    assert len(events(make)) > 8
    for secret in visit.secrets:
        assert secret not in rows


# Only added to


@pytest.mark.parametrize("change", [update(AuditEvent).values(event="x"), delete(AuditEvent)])
def test_the_database_refuses_to_change_the_log(app, make, change):
    make.user()

    with app.app_context(), pytest.raises(DBAPIError, match="only added to"), transaction():
        db.session.execute(change)

    assert events(make)


def test_no_code_changes_or_deletes_events():
    writing = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("update", "delete")
        if any(isinstance(one, ast.Name) and one.id == "AuditEvent" for one in node.args)
    ]

    assert [place.partition(":")[0] for place in writing] == ["site/audit.py"]


def test_old_events_are_forgotten_and_young_ones_never(app, make):
    def add(days: int) -> None:
        row = {"at": clock.now() - timedelta(days=days), "event": f"day_{days}", "via": "web", "details": {}}
        with app.app_context(), keep_changes() as kept:
            kept.execute(insert(AuditEvent), row)

    for days in (1, 29, 31, 99, 101):
        add(days)

    make.act(lambda: audit.forget_old(clock.now(), days=100))
    after_hundred = [event.event for event in events(make)]
    make.act(lambda: audit.forget_old(clock.now(), days=0))

    assert after_hundred == ["day_1", "day_29", "day_31", "day_99"]
    assert [event.event for event in events(make)] == ["day_1", "day_29"]


def test_a_job_forgets_after_the_days_of_the_setting(app, make):
    def add(days: int) -> None:
        row = {"at": clock.now() - timedelta(days=days), "event": f"day_{days}", "via": "web", "details": {}}
        with app.app_context(), keep_changes() as kept:
            kept.execute(insert(AuditEvent), row)

    for days in (364, 366):
        add(days)

    make.read(lambda: asking.forget_old_events({}))

    assert [event.event for event in events(make)] == ["day_364"]


# The page


def recordings() -> list[ast.Call]:
    """Every call that records an event."""
    return [
        node
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "audit"
        and node.func.attr in ("record", "keep")
    ]


def test_every_event_has_words():
    recorded = {call.args[0].value for call in recordings() if isinstance(call.args[0], ast.Constant)}

    assert len(recorded) > 20
    assert recorded <= set(audit_words._WORDS)


def test_every_detail_has_words():
    names = {keyword.arg for call in recordings() for keyword in call.keywords}
    said_otherwise = {"subject", "by", "session", "before", "after", "changes"}

    assert len(names) > 15
    assert names - said_otherwise == set(audit_particulars._WORDS)


@pytest.mark.parametrize("name", ["factor", "purpose", "reason", "what"])
def test_every_value_of_a_detail_has_words(name):
    values = {
        keyword.value.value
        for call in recordings()
        for keyword in call.keywords
        if keyword.arg == name and isinstance(keyword.value, ast.Constant)
    }

    assert values
    assert values <= set(audit_particulars._VALUES[name])


def test_every_link_and_every_setting_has_words():
    assert {purpose.value for purpose in TokenPurpose} <= set(audit_particulars._VALUES["purpose"])
    assert {field.name for field in fields(SiteSettings)} == set(audit_particulars._SETTINGS)


@pytest.mark.one_database
def test_every_choice_among_the_settings_has_words(app):
    with app.test_request_context():
        form = SettingsForm(SiteSettings())
        offered = {
            field.name: {str(value) for value, *_ in field.iter_choices()}
            for field in form
            if field.type == "RadioField"
        }

    offered["accent"].remove(OWN)
    assert offered == {name: set(words) for name, words in audit_particulars._SETTING_VALUES.items()}


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sign_ups": ["open", "invitation"]}, "New accounts: open → by invitation"),
        ({"second_factor_required": ["nobody", "authors"]}, "sign in: nobody → authors, editors and admins"),
        ({"accent": ["#2942d6", "#123456"]}, "Accent colour: Cobalt → “#123456”"),
        ({"language": ["en", "pt_BR"]}, "Language: English → Português (Brasil)"),
        ({"time_zone": ["UTC", "America/New_York"]}, "Time zone: UTC → America/New York"),
        ({"tagline": ["", "Words"]}, "Tagline: nothing → “Words”"),
    ],
)
def test_settings_are_said_as_their_page_has_them(app, changes, words):
    with app.test_request_context():
        (line,) = audit_particulars.particulars(AuditEvent(details={"changes": changes}))

    assert words in line


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"limit": "60 per 1 minute"}, "Allowed: 60 within 1 minute"),
        ({"limit": "100 per 1 hour"}, "Allowed: 100 within 1 hour"),
        ({"limit": "3 per 5 minute"}, "Allowed: 3 within 5 minutes"),
        ({"wait_seconds": 1}, "For 1 second"),
        ({"wait_seconds": 900}, "For 15 minutes"),
    ],
)
def test_limits_and_waits_are_said_in_words(app, details, words):
    with app.test_request_context():
        (line,) = audit_particulars.particulars(AuditEvent(details=details))

    assert line == words


@pytest.mark.one_database
def test_a_limit_that_was_exceeded_is_on_the_page_in_words(app, make, visitor):
    for _ in range(LOG_INS_A_MINUTE + 1):
        visitor.post("/login", {"login": "", "password": ""})

    page = admin_browser(app, make).get("/admin/audit?group=refused")

    assert f"Allowed: {LOG_INS_A_MINUTE} within 1 minute" in page.text


def test_the_page_says_particulars_in_words(app, make):
    browser = admin_browser(app, make)
    at = clock.now().replace(year=2031, month=5, day=4, hour=15, minute=30)
    make.act(lambda: audit.record("post_scheduled", hour=at))
    make.act(lambda: audit.record("authn_login_fail_max", wait_seconds=1))
    make.act(lambda: audit.record("authn_token_created", purpose="reset_password"))
    make.act(lambda: audit.record("authn_factor_added", factor="passkey “My “old” phone”"))
    make.act(lambda: audit.record("authz_admin", changes={"comments_open": [True, False]}))
    make.act(lambda: audit.record("user_updated", what="e-mail address", colour="blue"))

    page = " | ".join(said(browser.get("/admin/audit"))[:6])

    for words in (
        "For 4 May 2031, 15:30",
        "For 1 second",
        "To set a password",
        "Passkey “My “old” phone”",
        "Readers can comment: yes → no",
        "E-mail address colour: blue",
    ):
        assert words in page


def admin_browser(app, make) -> Browser:
    return Browser(app, address="192.0.2.1").sign_in(make.user("admin", username="chief"))


def said(page) -> list[str]:
    """What the rows of the page say."""
    return [" ".join(" ".join(cell.itertext()).split()) for cell in page.all("th", scope="row")]


def test_the_page_says_in_words_what_happened(app, make):
    browser = admin_browser(app, make)
    user = make.user(username="bo")
    browser.get(f"/admin/users/{user.id}")
    browser.submit(f"/admin/users/{user.id}", role="author")

    page = browser.get("/admin/audit")

    assert said(page)[:2] == ["Another role for bo Reader → Author", "New account: bo Reader"]
    assert said(page)[2].startswith("chief signed in")
    assert "192.0.2.1" in page.text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_others_than_admins_do_not_read_it(app, make, role):
    assert Browser(app).sign_in(make.user(role.value)).get("/admin/audit").status == 403


def test_it_is_filtered_by_group_person_address_and_day(app, make):
    browser = admin_browser(app, make)
    ines, bo = make.user(username="ines"), make.user(username="bo")
    Browser(app, address="203.0.113.9").sign_in(ines)
    Browser(app, address="203.0.113.77").sign_in(bo)
    today = f"{clock.now():%Y-%m-%d}"

    by_group = said(browser.get("/admin/audit?group=people"))
    by_person = said(browser.get("/admin/audit?person=INES"))
    by_address = said(browser.get("/admin/audit?address=203.0.113.9"))
    by_day = said(browser.get(f"/admin/audit?since={today}&until={today}"))
    by_another_day = browser.get("/admin/audit?until=2001-01-01")

    assert all("account" in line for line in by_group)
    assert len(by_group) == 3
    assert by_person == ["ines signed in", "New account: ines Reader"]
    assert by_address == ["ines signed in"]
    assert len(by_day) == 6
    assert "Nothing like that happened." in by_another_day.text


def test_it_goes_on_page_by_page(app, make):
    browser = admin_browser(app, make)

    def add() -> None:
        for _ in range(120):
            audit.record("user_updated", what="profile")

    make.act(add)
    seen, path = [], "/admin/audit"
    while path:
        page = browser.get(path)
        seen += [row.get("id") for row in page.all("tr") if row.get("id")]
        path = next((link.get("href") for link in page.all("a", rel="next")), None)

    assert len(seen) == len(set(seen)) == 122


@pytest.mark.parametrize("query", ["since=yesterday", "until=9999-12-31", "person=%00", "address=%25", "group=none", "before=x"])  # fmt: skip
def test_odd_filters_are_harmless(app, make, query):
    assert admin_browser(app, make).get(f"/admin/audit?{query}").status == 200


def test_it_costs_the_same_for_one_row_and_for_many(app, make, count_queries):
    browser = admin_browser(app, make)
    with count_queries() as few:
        browser.get("/admin/audit")
    make.act(lambda: [audit.record("user_updated") for _ in range(40)])

    with count_queries() as many:
        browser.get("/admin/audit")

    assert len(many) == len(few)


def test_a_name_from_another_world_is_only_text(app, make):
    browser = admin_browser(app, make)
    make.post("<script>alert(1)</script> “x” %(subject)s")

    page = browser.get("/admin/audit")

    assert any("<script>alert(1)</script> “x” %(subject)s" in line for line in said(page))


def test_a_table_that_never_saw_a_trigger_is_not_what_we_test(app, kind):
    """The triggers are there on every kind, so that the tests above mean something."""
    query = {
        "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_events'",
        "postgresql": "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'audit_events'::regclass AND NOT tgisinternal",
        "mariadb": "SELECT count(*) FROM information_schema.triggers WHERE event_object_table = 'audit_events' "
        "AND trigger_schema = database()",
    }[kind]

    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text(query)).scalar() == 2


def test_the_name_that_the_owner_gives_the_site_is_on_record_as_theirs(app, visitor, make):
    secret = make.act(lambda: operations.new_set_up_link(now=clock.now()))
    visitor.get(f"/setup/{secret}", follow=True)

    visitor.submit("/setup", site_title="The Weir", username="olga", email="olga@example.org", password=NEW_PASSWORD)

    assert last(make, "authz_admin").actor_name == "olga"
