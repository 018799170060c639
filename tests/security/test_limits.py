"""Floods: how many unsafe requests somebody may send, by whatever road, and that others are not hurt by it."""

import re
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus

import pytest
import redis
from sqlalchemy import func, select, update

from blog import clock, create_app
from blog.comments.models import Comment
from blog.db import db, transaction
from blog.site import audit
from blog.site.models import AuditEvent
from blog.web import limits
from blog.web.limits import counters
from blog.web.limits.models import LimitCounter
from tests.browser_like import Browser
from tests.parts import REDIS_URL, require
from tests.rules.test_access import World, csrf_token, rules

pytestmark = pytest.mark.two_databases

PASSWORD = "harbour ledger mallet 77"


def counted(app) -> int:
    """How many counters the database holds."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(LimitCounter))


def anonymous(browser: Browser, path: str = "/login", **kwargs):
    return browser.post(path, {"login": "", "password": ""}, **kwargs)


# A device of one's own


@pytest.mark.parametrize("path", ["/login", "/login/passkey/options"])
def test_a_browser_that_is_known_to_somebody_is_freed_from_no_limit_for_others(app, make, path):
    """Whoever has an account has a known browser: with it they must not try the passwords of everybody."""
    mallory, victim = make.user(), make.user()
    browser = Browser(app, address="203.0.113.1").sign_in(mallory)
    browser.get("/account/")
    browser.submit("/logout")
    for _ in range(limits.LOG_INS_A_MINUTE):
        anonymous(Browser(app, address="203.0.113.1"), path)

    tried = browser.post(path, {"login": victim.username, "password": "a guess"})
    own = browser.post("/login", {"login": mallory.username, "password": "a typo"})

    assert tried.status == HTTPStatus.TOO_MANY_REQUESTS
    assert own.status == HTTPStatus.UNPROCESSABLE_ENTITY


# V2.4.1: a thousand by one address


def test_a_thousand_comments_by_one_person_end_at_the_limit_and_others_comment_on(app, make):
    post, flooder, other = make.post(), make.user(), make.user()
    browser = Browser(app, address="203.0.113.1").sign_in(flooder)
    browser.get(f"/posts/{post.slug}")
    form = {"csrf_token": csrf_token(browser)}

    statuses = [
        browser.post(f"/posts/{post.slug}/comments", form | {"body": f"Buy {n}"}).status
        for n in range(limits.COMMENTS_A_MINUTE + 15)
    ]
    neighbour = Browser(app, address="203.0.113.1").sign_in(other)
    neighbour.get(f"/posts/{post.slug}")
    page = neighbour.submit("/comments", body="A thought.", follow=False)

    assert statuses == [303] * limits.COMMENTS_A_MINUTE + [429] * 15
    assert page.status == 303
    assert make.read(lambda: db.session.scalar(select(func.count(Comment.id)))) == limits.COMMENTS_A_MINUTE + 1


def test_the_limit_of_comments_an_hour_holds_over_minutes(app, make):
    post, browser = make.post(), Browser(app).sign_in(make.user())
    browser.get(f"/posts/{post.slug}")
    form = {"csrf_token": csrf_token(browser)}
    statuses = []
    for minute in range(12):
        statuses += [
            browser.post(f"/posts/{post.slug}/comments", form | {"body": f"{minute} {n}"}).status
            for n in range(limits.COMMENTS_A_MINUTE)
        ]
        a_minute_passes(app)

    assert statuses.count(303) == limits.COMMENTS_AN_HOUR
    assert set(statuses[limits.COMMENTS_AN_HOUR :]) == {429}


def a_minute_passes(app) -> None:
    """Every counter is a minute older."""
    with app.app_context(), transaction():
        for row in db.session.scalars(select(LimitCounter)):
            row.ends_at -= timedelta(minutes=1)


def test_a_thousand_registrations_by_one_address_end_at_the_limit(app):
    flooder = Browser(app, address="203.0.113.1")

    def register(browser: Browser, n: int):
        return browser.post("/register", {"username": f"bot{n}", "email": "no address", "password": PASSWORD}).status

    statuses = [register(flooder, n) for n in range(limits.ACCOUNTS_AN_HOUR + 10)]

    assert statuses == [422] * limits.ACCOUNTS_AN_HOUR + [429] * 10
    assert register(Browser(app, address="203.0.113.2"), 1) == 422


def test_links_are_not_guessed_by_the_thousand(app):
    flooder = Browser(app, address="203.0.113.1")

    statuses = []
    for n in range(limits.LINKS_AN_HOUR + 5):
        flooder.get(f"/reset/{n:043d}")
        statuses.append(flooder.post("/reset/password", {"password": PASSWORD}).status)

    assert statuses == [410] * limits.LINKS_AN_HOUR + [429] * 5


@pytest.mark.parametrize("path", ["/login/factor", "/login/passkey/options", "/login/passkey", "/login/factor/passkey"])
def test_the_other_ways_to_sign_in_are_limited_like_passwords(app, path):
    flooder = Browser(app, address="203.0.113.1")

    statuses = [flooder.post(path, {}).status for _ in range(limits.LOG_INS_A_MINUTE + 5)]

    assert statuses[-5:] == [429] * 5
    assert 429 not in statuses[:-5]


def test_archives_are_made_a_few_times_an_hour(app, make):
    browser = Browser(app).sign_in(make.user())
    form = {"csrf_token": csrf_token(browser)}

    statuses = [browser.post("/account/data/archive", form).status for _ in range(limits.ARCHIVES_AN_HOUR + 2)]

    assert statuses == [200] * limits.ARCHIVES_AN_HOUR + [429] * 2


# Everything that changes something

APART = {"posts.create_preview", "posts.create_post_preview"}
"""They change nothing, and end at a limit of their own (tests/posts/test_preview.py)."""


def test_every_unsafe_address_ends_at_the_general_limit_of_a_network(app, make):
    world = World(app, make)
    admin = world.browser("admin")
    token = csrf_token(admin)
    paths = [(rule.endpoint, world.address(rule)) for rule in rules(app) if "POST" in rule.methods]
    for _ in range(limits.NETWORK_A_MINUTE):
        with app.test_request_context("/login", method="POST", environ_base={"REMOTE_ADDR": "127.0.0.1"}):
            hit(app)

    refused = {endpoint: admin.post(path, {"csrf_token": token}).status for endpoint, path in paths}

    assert len(refused) > 25
    assert {endpoint: status for endpoint, status in refused.items() if status != 429}.keys() == APART


def hit(app) -> None:
    """Count one unsafe request of this network, as the limiter does."""
    extension = next(iter(app.extensions["limiter"]))
    limit = next(iter(extension.limit_manager._application_limits))
    for one in limit:
        extension.limiter.hit(one.limit, one.key_func(), one.scope_for("", "POST"))


def test_an_account_has_a_limit_of_its_own_wherever_it_comes_from(app, make):
    user = make.user()
    browsers = [Browser(app, address=f"203.0.113.{n}").sign_in(user) for n in (1, 2)]
    tokens = [csrf_token(browser) for browser in browsers]
    statuses = []
    for n in range(limits.ACCOUNT_A_MINUTE + 10):
        browser, token = browsers[n % 2], tokens[n % 2]
        statuses.append(browser.post("/account/sessions/999/deletion", {"csrf_token": token}).status)

    assert statuses.count(303) <= limits.ACCOUNT_A_MINUTE
    assert statuses[-1] == 429


def test_reading_is_not_counted(app, make):
    post, browser = make.post(), Browser(app)
    for _ in range(20):
        browser.get(f"/posts/{post.slug}")
        browser.get("/login")

    assert counted(app) == 0


def test_what_another_site_makes_a_browser_send_uses_nothing_up(app):
    for _ in range(5):
        assert anonymous(Browser(app), headers={"Sec-Fetch-Site": "cross-site"}).status == 403

    assert counted(app) == 0


def test_what_is_refused_as_invalid_is_counted_all_the_same(app):
    """The counter is committed though the request is rolled back."""
    assert anonymous(Browser(app)).status == 422

    assert counted(app) == 2


# The page


def test_the_page_says_when_to_come_back_and_keeps_what_was_typed(app, make):
    post, browser = make.post(), Browser(app).sign_in(make.user())
    browser.get(f"/posts/{post.slug}")
    form = {"csrf_token": csrf_token(browser)}
    for n in range(limits.COMMENTS_A_MINUTE):
        browser.post(f"/posts/{post.slug}/comments", form | {"body": f"{n}"})

    page = browser.post(f"/posts/{post.slug}/comments", form | {"body": "A long thought. " * 10})

    assert page.status == HTTPStatus.TOO_MANY_REQUESTS
    assert 1 <= int(page.response.headers["Retry-After"]) <= 61
    assert "A long thought. A long thought." in "".join(page.one("textarea", name="body").itertext())


def test_after_the_window_it_goes_on(app):
    browser = Browser(app)
    for _ in range(limits.LOG_INS_A_MINUTE):
        anonymous(browser)
    assert anonymous(browser).status == 429

    a_minute_passes(app)

    assert anonymous(browser).status == 422


def test_refusals_of_one_ipv6_network_are_recorded_as_those_of_one_address():
    few, now = audit.RefusalBound(), clock.now()

    kept = [few.allows(f"2001:db8:1:2::{number:x}", now) for number in range(audit.REFUSALS_A_MINUTE + 5)]

    assert sum(kept) == audit.REFUSALS_A_MINUTE
    assert few.allows("2001:db8:1:3::1", now)


def test_a_flood_is_on_record_but_in_part(app, make):
    browser = Browser(app)
    for _ in range(limits.LOG_INS_A_MINUTE + audit.REFUSALS_A_MINUTE + 10):
        anonymous(browser)

    events = make.read(
        lambda: db.session.scalars(select(AuditEvent).where(AuditEvent.event == "excess_rate_limit_exceeded")).all()
    )

    assert len(events) == audit.REFUSALS_A_MINUTE
    assert events[0].details["endpoint"] == "auth.log_in"


# Attack 25, V4.1.3, V15.3.4: whose address counts


def statuses_from(app, addresses, **headers) -> list[int]:
    return [
        anonymous(Browser(app, address=address), headers={name: value(n) for name, value in headers.items()}).status
        for n, address in enumerate(addresses)
    ]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP"])  # fmt: skip
def test_a_stranger_who_names_other_addresses_is_counted_as_one(app, header):
    browser = Browser(app, address="203.0.113.1")

    statuses = [
        anonymous(
            browser, headers={header: f"for=198.51.100.{n}" if header == "Forwarded" else f"198.51.100.{n}"}
        ).status
        for n in range(limits.LOG_INS_A_MINUTE + 1)
    ]

    assert statuses[-1] == 429
    assert 429 not in statuses[:-1]


def test_a_stranger_behind_a_trusted_proxy_is_counted_by_the_address_that_the_proxy_saw(app):
    behind = create_app(app.config | {"TRUSTED_PROXIES": ["10.0.0.0/8"]})
    proxy = Browser(behind, address="10.0.0.1")

    rotated = [
        anonymous(proxy, headers={"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.1"}).status
        for n in range(limits.LOG_INS_A_MINUTE + 1)
    ]
    another = anonymous(proxy, headers={"X-Forwarded-For": "203.0.113.1, 203.0.113.2"}).status

    with behind.app_context():
        db.engine.dispose()
    assert rotated[-1] == 429
    assert another == 422


def test_a_network_of_ipv6_is_one_however_many_addresses_it_has(app):
    rotated = [f"2001:db8:1:2::{n:x}" for n in range(1, limits.LOG_INS_A_MINUTE + 2)]

    statuses = statuses_from(app, rotated)

    assert statuses[-1] == 429
    assert 429 not in statuses[:-1]
    assert anonymous(Browser(app, address="2001:db8:1:3::1")).status == 422


def test_ipv4_within_ipv6_is_ipv4(app):
    for _ in range(limits.LOG_INS_A_MINUTE):
        anonymous(Browser(app, address="::ffff:203.0.113.1"))

    assert anonymous(Browser(app, address="203.0.113.1")).status == 429
    assert anonymous(Browser(app, address="::ffff:203.0.113.2")).status == 422


def test_one_password_for_a_thousand_people_ends_at_the_limit_of_the_network(app, make):
    browser = Browser(app, address="203.0.113.1")

    statuses = [
        browser.post("/login", {"login": f"person{n}", "password": "Winter2026!"}).status
        for n in range(limits.LOG_INS_A_MINUTE + 5)
    ]

    assert statuses[-5:] == [429] * 5


# What is kept of it


def test_no_address_is_stored(app, make):
    anonymous(Browser(app, address="203.0.113.99"))

    keys = make.read(lambda: db.session.scalars(select(LimitCounter.key)).all())

    assert keys
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)


def test_old_counters_are_forgotten(app, make):
    anonymous(Browser(app))
    with app.app_context(), transaction():
        db.session.execute(update(LimitCounter).values(ends_at=clock.now() - timedelta(seconds=1)))
    anonymous(Browser(app, address="203.0.113.5"))

    make.read(lambda: limits.forget({}))

    assert counted(app) == 2


def test_many_at_once_are_counted_one_by_one(app):
    """A race gives nobody more than the limit."""
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: anonymous(Browser(app)).status, range(limits.LOG_INS_A_MINUTE + 12)))

    assert statuses.count(422) == limits.LOG_INS_A_MINUTE
    assert statuses.count(429) == 12


# R10: Redis


@pytest.fixture
def redis_server(tmp_path):
    """A Redis of its own, to be stopped and killed."""
    require("Redis")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = redis.Redis(port=port, socket_timeout=2)
    for _ in range(100):
        try:
            client.ping()
            break
        except redis.RedisError:
            time.sleep(0.05)
    process.url = f"redis://127.0.0.1:{port}/0"
    process.client = client
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def with_redis(app, redis_server, request, monkeypatch):
    """The same blog, counting in that Redis; a slow machine is no fault of Redis where none is made."""
    if "fault" not in request.fixturenames:
        monkeypatch.setattr(counters, "REDIS_TIMEOUT_MS", 3_000)
    counting = create_app(app.config | {"REDIS_URL": redis_server.url})
    yield counting
    with counting.app_context():
        db.engine.dispose()


def test_redis_counts_when_it_is_there(with_redis, redis_server):
    statuses = [anonymous(Browser(with_redis)).status for _ in range(limits.LOG_INS_A_MINUTE + 1)]

    assert statuses == [422] * limits.LOG_INS_A_MINUTE + [429]
    assert counted(with_redis) == 0
    assert len(redis_server.client.keys("*")) == 2


@pytest.mark.parametrize("fault", ["killed", "blocked", "full"])
def test_without_redis_the_database_counts_and_pages_are_answered(with_redis, redis_server, fault, record_property):
    assert anonymous(Browser(with_redis)).status == 422
    match fault:
        case "killed":
            redis_server.kill()
            redis_server.wait()
        case "blocked":
            redis_server.send_signal(signal.SIGSTOP)
        case "full":
            redis_server.client.config_set("maxmemory", "1")

    began = time.perf_counter()
    first = anonymous(Browser(with_redis)).status
    waited = time.perf_counter() - began
    statuses = [anonymous(Browser(with_redis)).status for _ in range(limits.LOG_INS_A_MINUTE)]

    record_property("figure", f"Redis {fault}: the first request waited {waited * 1000:.0f} ms")
    assert first == 422
    assert waited < 4 * counters.REDIS_TIMEOUT_MS / 1000 + 0.5
    assert statuses[-1] == 429, "the limit is open"
    assert statuses[:-1] == [422] * (limits.LOG_INS_A_MINUTE - 1)
    assert Browser(with_redis).get("/").status == 200
    assert counted(with_redis) == 2


def test_redis_counts_again_when_it_is_back(with_redis, redis_server, monkeypatch):
    monkeypatch.setattr(counters, "REDIS_REST_SECONDS", 0.2)
    redis_server.send_signal(signal.SIGSTOP)
    anonymous(Browser(with_redis))
    redis_server.send_signal(signal.SIGCONT)
    time.sleep(0.3)

    anonymous(Browser(with_redis))

    assert len(redis_server.client.keys("*")) == 2


def test_a_blog_starts_without_the_redis_that_it_is_told_of(app):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    alone = create_app(app.config | {"REDIS_URL": f"redis://127.0.0.1:{port}"})

    assert anonymous(Browser(alone)).status == 422
    with alone.app_context():
        db.engine.dispose()


def test_the_redis_of_the_tests_is_one(app):
    require("Redis")

    shared = create_app(app.config | {"REDIS_URL": REDIS_URL})

    assert anonymous(Browser(shared, address="198.18.0.1")).status == 422
    assert counted(shared) == 0
    with shared.app_context():
        db.engine.dispose()
