"""Guessing: slowed down wherever it comes from, and never the owner's loss."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

from blog import clock
from blog.auth import operations, throttles
from blog.auth.models import DEVICE_KNOWN_FOR, DEVICES_AT_MOST, KnownDevice, Throttle, User
from blog.auth.policies import NotAllowed
from blog.auth.throttles import Try
from blog.db import db
from blog.site.models import AuditEvent
from tests.browser_like import Browser
from tests.factories import PASSWORD

HERE = "203.0.113.9"
A_MOMENT = timedelta(milliseconds=1)


def devices(make):
    return make.read(lambda: db.session.scalar(select(func.count()).select_from(KnownDevice)))


def guess(app, user, times, address=HERE):
    """Guess as often, however long it has to wait each time."""
    now = clock.now()
    with app.app_context():
        for _ in range(times):
            now += throttles.begin(Try(f"user {user.id}", address, typed=user.username), now).wait
            throttles.begin(Try(f"user {user.id}", address, typed=user.username), now)
    return now


def test_guessing_is_slowed_down_without_locking_the_owner_out_elsewhere(app, make):
    user = make.user()
    guesser = Browser(app, address=HERE)
    guesser.get("/login")
    statuses = [
        guesser.submit("/login", login=user.username, password=f"guess {n}", follow=False).status
        for n in range(throttles.FREE_FAILURES)
    ]
    guess(app, user, 4)
    refused = guesser.post("/login", {"login": user.username, "password": PASSWORD})

    owner = Browser(app, address="198.51.100.7").sign_in(user)

    assert statuses == [422] * throttles.FREE_FAILURES
    assert refused.status == 429
    assert int(refused.response.headers["Retry-After"]) >= 1
    assert owner.get("/account/").status == 200


def test_the_wait_doubles_up_to_a_quarter_of_an_hour(app):
    now, waits, one = clock.now(), [], Try("ines", HERE)
    with app.app_context():
        for number in range(throttles.FREE_FAILURES + 12):
            assert throttles.begin(one, now).wait == timedelta()
            if number >= throttles.FREE_FAILURES - 1:
                waits.append(throttles.begin(one, now).wait)
                now += waits[-1]

    assert waits[:3] == [timedelta(seconds=seconds) for seconds in (1, 2, 4)]
    assert waits[-1] == throttles.LONGEST_WAIT


def test_one_network_is_one_guesser(app):
    now = clock.now()
    with app.app_context():
        for number in range(throttles.FREE_FAILURES):
            throttles.begin(Try("ines", f"2001:db8:1:2::{number:x}"), now)

        assert throttles.begin(Try("ines", "2001:db8:1:2::ffff"), now).wait
        assert not throttles.begin(Try("ines", "2001:db8:1:3::1"), now).wait


def test_one_network_has_twenty_failures_a_minute_whatever_names_it_tries(app):
    now, counted = clock.now(), 0
    with app.app_context():
        for second in range(180):
            for number in range(3):
                one = Try(f"name {second} {number}", HERE)
                counted += throttles.begin(one, now + timedelta(seconds=second)).wait == timedelta()

    assert counted == throttles.NETWORK_FAILURES * 4 - 1  # at once, and one each three seconds


def test_an_account_has_a_hundred_failures_in_a_row_wherever_they_come_from(app):
    now = clock.now()
    with app.app_context():
        waits = [throttles.begin(Try("ines", f"198.51.100.{n}"), now).wait for n in range(105)]
        throttles.note_success(Try("ines", HERE))
        after = throttles.begin(Try("ines", "198.51.100.200"), now).wait

    assert waits[:100] == [timedelta()] * 100
    assert set(waits[100:]) == {throttles.FIRST_WAIT}
    assert not after


def test_failures_from_one_network_are_forgotten_in_an_hour_those_of_an_account_in_a_month(app, make):
    user = make.user()
    end = guess(app, user, throttles.ACCOUNT_FREE_FAILURES)

    def wait(after, address):
        with app.app_context():
            return throttles.begin(Try(f"user {user.id}", address, typed=user.username), end + after).wait

    make.act(lambda: db.session.execute(update(Throttle).values(blocked_until=end)) and None)
    assert not wait(throttles.FORGOTTEN_AFTER + A_MOMENT, HERE)
    assert not wait(throttles.FORGOTTEN_AFTER + 2 * A_MOMENT, HERE) > throttles.LONGEST_WAIT
    kept = make.read(lambda: max(db.session.scalars(select(Throttle.failures))))
    assert kept > throttles.ACCOUNT_FREE_FAILURES
    wait(throttles.FORGOTTEN_AFTER + throttles.ACCOUNT_FORGOTTEN_AFTER + A_MOMENT, "198.51.100.1")
    assert make.read(lambda: max(db.session.scalars(select(Throttle.failures)))) <= 2


def test_throttles_of_an_older_release_are_forgotten(app, make):
    now = clock.now()
    old = Throttle(key="x" * 64, failures=9, last_failure_at=now, blocked_until=now)
    make.act(lambda: db.session.add(old))

    with app.app_context():
        throttles.begin(Try("ines", HERE), now)

    assert make.read(lambda: db.session.get(Throttle, "x" * 64)) is None


def test_who_tries_at_the_same_moment_as_another_does_not_wait(app):
    now = clock.now()
    with app.app_context():
        throttles.begin(Try("ines", HERE), now)

        assert not throttles.begin(Try("ines", HERE), now - timedelta(seconds=1)).wait


def test_a_success_takes_its_try_back(app, make):
    user = make.user()

    for _ in range(throttles.NETWORK_FAILURES + 5):
        Browser(app, address=HERE).sign_in(user)


@pytest.fixture
def transactions(app):
    """`transactions(act)`: how lasting each writing transaction is that SQLite begins meanwhile."""

    def run(act):
        modes = []

        def note(_connection, _cursor, statement, *_):
            modes.extend(re.findall(r"PRAGMA synchronous = (\w+)", statement))

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            act()
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return modes

    return run


@pytest.mark.one_database
@pytest.mark.parametrize("who", ["somebody", "nobody"])
def test_a_failed_log_in_waits_for_the_disk_once_whoever_was_named(kind, visitor, make, transactions, who):
    if kind != "sqlite":
        pytest.skip("only SQLite says it in statements")
    make.user(username="somebody")

    modes = transactions(lambda: visitor.post("/login", {"login": who, "password": "a guess"}))

    assert modes == ["NORMAL", "NORMAL", "FULL"]  # the limits, the try, the failure on record


@pytest.mark.one_database
def test_a_sign_in_is_one_transaction_after_its_try_was_counted(kind, visitor, make, transactions):
    if kind != "sqlite":
        pytest.skip("only SQLite says it in statements")
    user = make.user()

    modes = transactions(lambda: visitor.post("/login", {"login": user.username, "password": PASSWORD}))

    assert modes == ["NORMAL", "NORMAL", "FULL"]
    assert make.read(lambda: sum(db.session.scalars(select(Throttle.failures)))) == 0


def test_no_address_and_no_name_is_stored(app, make):
    with app.app_context():
        throttles.begin(Try("name ines", HERE), clock.now())

    keys = make.read(lambda: list(db.session.scalars(select(Throttle.key))))

    assert all(len(key) == 64 and int(key, 16) for key in keys)


def alarms(make):
    return make.read(lambda: db.session.scalar(select(func.count()).where(AuditEvent.event == "excess_login_fail")))


def test_many_failures_over_all_accounts_raise_the_alarm_once(app, make):
    now = clock.now()
    with app.app_context():
        for number in range(throttles.ALARM_FAILURES - 1):
            throttles.begin(Try(f"name {number}", f"2001:db8:{number:x}::1"), now)
        before = alarms(make)
        for number in range(50):
            throttles.begin(Try(f"name {number}", f"2001:db8:{number:x}::1"), now)

    assert (before, alarms(make)) == (0, 1)


def test_many_who_sign_in_raise_no_alarm(app, make):
    now = clock.now()
    with app.app_context():
        for number in range(throttles.ALARM_FAILURES + 50):
            one = Try(f"user {number % 7}", HERE)
            throttles.begin(one, now)
            throttles.note_success(one)

    assert alarms(make) == 0


# Known devices


def test_signing_in_makes_a_browser_known_and_again_keeps_it(visitor, make):
    user = make.user()
    visitor.sign_in(user)
    first = visitor.cookie("device")

    visitor.get("/account/")
    visitor.submit("/logout")
    visitor.sign_in(user)

    assert len(first) >= 43
    assert visitor.cookie("device") == first
    assert devices(make) == 1
    assert make.read(lambda: db.session.scalar(select(KnownDevice.token_hash))) != first


def test_two_who_share_a_browser_are_both_known_there(app, visitor, make):
    for user in (make.user(), make.user()):
        visitor.sign_in(user)
        visitor.get("/account/")
        visitor.submit("/logout")

    assert devices(make) == 2
    assert make.read(lambda: len(set(db.session.scalars(select(KnownDevice.token_hash))))) == 1


def test_a_cookie_that_was_planted_is_not_taken_over(visitor, make):
    visitor.client.set_cookie("device", "planted", domain="127.0.0.1")

    visitor.sign_in(make.user())

    assert visitor.cookie("device") != "planted"


@pytest.mark.usefixtures("long_waits")
def test_guessing_from_a_known_device_waits_too(app, visitor, make):
    user = make.user()
    visitor.sign_in(user)
    thief = Browser(app, address="198.51.100.66")
    thief.client.set_cookie("device", visitor.cookie("device"), domain="127.0.0.1")

    statuses = [
        thief.post("/login", {"login": user.username, "password": f"guess {number}"}).status
        for number in range(throttles.FREE_FAILURES + 1)
    ]

    assert statuses == [*[422] * throttles.FREE_FAILURES, 429]


def test_a_device_is_known_for_its_own_people_only(app, visitor, make):
    mine, theirs = make.user(), make.user()
    visitor.sign_in(mine)
    guess(app, theirs, throttles.FREE_FAILURES + 3)
    stranger = Browser(app, address=HERE)
    stranger.client.set_cookie("device", visitor.cookie("device"), domain="127.0.0.1")

    assert stranger.post("/login", {"login": theirs.username, "password": PASSWORD}).status == 429


def test_a_device_is_known_for_half_a_year(app, visitor, make):
    user = make.user()
    visitor.sign_in(user)
    visitor.get("/account/")
    visitor.submit("/logout")
    visitor.address = HERE
    guess(app, user, throttles.FREE_FAILURES + 3)

    long_ago = clock.now() - DEVICE_KNOWN_FOR
    make.act(lambda: db.session.execute(update(KnownDevice).values(last_used_at=long_ago)) and None)
    no_more = visitor.post("/login", {"login": user.username, "password": PASSWORD})
    lately = long_ago + timedelta(minutes=1)
    make.act(lambda: db.session.execute(update(KnownDevice).values(last_used_at=lately)) and None)
    still = visitor.post("/login", {"login": user.username, "password": PASSWORD})

    assert (no_more.status, still.status) == (429, 303)


def test_a_device_that_was_forgotten_becomes_known_again(visitor, make):
    user = make.user()
    visitor.sign_in(user)
    long_ago = clock.now() - DEVICE_KNOWN_FOR
    make.act(lambda: db.session.execute(update(KnownDevice).values(last_used_at=long_ago)) and None)
    visitor.get("/account/")
    visitor.submit("/logout")

    visitor.sign_in(user)

    assert devices(make) == 1
    assert make.read(lambda: db.session.scalar(select(KnownDevice.last_used_at))) > long_ago


def test_an_account_has_a_bounded_number_of_devices(app, make):
    user = make.user()
    first = Browser(app).sign_in(user)

    for _ in range(DEVICES_AT_MOST):
        Browser(app).sign_in(user)

    assert devices(make) == DEVICES_AT_MOST
    assert make.read(lambda: db.session.scalar(select(func.min(KnownDevice.id)))) > 1
    assert first.cookie("device")


def test_another_password_makes_other_devices_unknown(app, visitor, make):
    user = make.user()
    visitor.sign_in(user)
    Browser(app).sign_in(user)
    visitor.get("/account/password")

    visitor.submit("/account/password", password="harbour ledger mallet 77")

    assert devices(make) == 1


def test_who_resets_the_password_enters_while_others_guess(app, visitor, make):
    user = make.user()
    Browser(app).sign_in(user)
    visitor.address = HERE
    guess(app, user, throttles.FREE_FAILURES + 3)
    secret = make.act(lambda: operations.new_reset_link(db.session.get(User, user.id), now=clock.now()))

    visitor.get(f"/reset/{secret}", follow=True)
    visitor.submit("/reset", password="harbour ledger mallet 77")
    guess(app, user, throttles.FREE_FAILURES + 3)
    visitor.sign_in(user, password="harbour ledger mallet 77")

    assert visitor.get("/account/").status == 200
    assert devices(make) == 1


def test_the_cookie_of_a_device_is_closed_to_scripts_and_other_sites(visitor, make):
    user = make.user()
    visitor.get("/login")

    page = visitor.submit("/login", follow=False, login=user.username, password=PASSWORD)

    cookie = next(one for one in page.response.headers.getlist("Set-Cookie") if one.startswith("device="))
    assert {"HttpOnly", "SameSite=Lax", f"Max-Age={int(DEVICE_KNOWN_FOR.total_seconds())}"} <= set(cookie.split("; "))


@pytest.mark.parametrize("how", ["changed", "asleep"])
def test_a_right_password_does_not_count_when_it_was_changed_meanwhile(app, make, how):
    user = make.user()
    proof = operations.Proof(user.password_hash, user.password_hash, Try(f"user {user.id}", HERE))
    changes = {"changed": {"password_hash": "x"}, "asleep": {"deactivated_at": clock.now()}}[how]

    def later():
        mine = db.session.get(User, user.id)
        for name, value in changes.items():
            setattr(mine, name, value)
        operations.accept_proof(mine, proof)

    with pytest.raises(NotAllowed):
        make.act(later)
