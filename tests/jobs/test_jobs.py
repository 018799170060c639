"""Jobs: written with the change that causes them, done once, tried again, given up."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from blog import clock, jobs
from blog.admin.jobs import WORDS
from blog.db import db, transaction
from blog.jobs import MAX_TRIES, Job, Worker
from blog.jobs.handlers import LEASE, _handlers
from blog.jobs.queue import FIRST_WAIT, NoLongerOurs, add_recurring, finish, take
from blog.site import audit
from blog.site.models import AuditEvent
from blog.site.settings import change_settings, read_settings
from tests.browser_like import Browser
from tests.cli.conftest import refusal, run


@pytest.fixture
def done():
    """What the handlers of these tests did; their kinds are known while a test runs."""
    log, before = [], dict(_handlers)

    @jobs.handler("tests.quick")
    def quick(payload):
        log.append(payload)
        if "title" in payload:
            change_settings(title=payload["title"])
        if payload.get("fails"):
            raise ValueError(payload["fails"])

    @jobs.slow_handler("tests.slow")
    def slow(payload):
        log.append(payload)
        with transaction():
            change_settings(tagline="slowly")
        if payload.get("fails"):
            raise ValueError("no\nway")

    yield log
    _handlers.clear()
    _handlers.update(before)


def add(make, kind="tests.quick", payload=None, **when):
    make.act(lambda: jobs.add(kind, payload or {"number": 1}, **when))


def rows(make):
    def read():
        found = list(db.session.scalars(select(Job).order_by(Job.id)))
        db.session.expunge_all()
        return found

    return make.read(read)


def let_time_pass(make, _how_much=None):
    make.act(lambda: db.session.execute(update(Job).values(due_at=clock.now() - timedelta(seconds=1))) and None)


def test_a_job_is_done_after_the_commit_and_is_gone(app, make, done):
    add(make)
    assert done == []

    count = Worker(app).work_off()

    assert count == 1
    assert done == [{"number": 1}]
    assert rows(make) == []


def test_a_change_that_is_rolled_back_leaves_no_job(app, make, done):
    def act():
        jobs.add("tests.quick", {})
        raise RuntimeError("after all not")

    with pytest.raises(RuntimeError, match="after all not"):
        make.act(act)

    assert rows(make) == []


def test_a_kind_that_nobody_does_is_refused_at_once(app, make):
    with pytest.raises(LookupError, match="nobody"):
        add(make, "tests.nobody")


def test_a_job_outside_of_a_transaction_is_refused(app, done):
    with app.app_context(), pytest.raises(RuntimeError, match="a change outside"):
        jobs.add("tests.quick", {})


def test_a_job_for_later_waits_for_its_hour(app, make, done):
    add(make, run_at=clock.now() + timedelta(hours=1))

    assert Worker(app).work_off() == 0
    assert len(rows(make)) == 1


def test_jobs_are_done_in_the_order_in_which_they_are_due(app, make, done):
    now = clock.now()
    for minutes in (1, 3, 2):
        add(make, payload={"number": minutes}, run_at=now - timedelta(minutes=minutes))

    Worker(app).work_off()

    assert [payload["number"] for payload in done] == [3, 2, 1]


def test_a_second_job_with_the_key_of_a_waiting_one_adds_nothing(app, make, done):
    for _ in range(3):
        add(make, key="the same")

    Worker(app).work_off()

    assert len(done) == 1


def test_a_key_is_free_again_once_its_job_is_begun(app, make, done):
    add(make, key="the same")
    make.act(lambda: take(clock.now()) and None)

    add(make, key="the same")

    assert len(rows(make)) == 2


def test_what_a_handler_changes_is_kept_with_its_job_or_not_at_all(app, make, done):
    add(make, payload={"title": "Changed", "fails": "after the change"})
    add(make, payload={"title": "Kept"})

    Worker(app).work_off()

    assert make.read(read_settings).title == "Kept"
    assert [(job.tries, job.last_error) for job in rows(make)] == [(1, "ValueError: after the change")]


def test_a_slow_handler_holds_nobody_up(app, make, done):
    @jobs.slow_handler("tests.waiting")
    def wait(_payload):
        make.settings(title="Written meanwhile")  # would wait in vain, were a transaction open

    add(make, "tests.waiting")

    Worker(app).work_off()

    assert make.read(read_settings).title == "Written meanwhile"
    assert rows(make) == []


@pytest.mark.parametrize("handler", ["tests.quick", "tests.slow"])
def test_a_job_that_fails_is_tried_again_after_a_wait_that_doubles(app, make, done, handler):
    add(make, handler, {"fails": "no"})
    waits = []
    for _ in range(4):
        began = clock.now()
        assert Worker(app).work_off() == 1
        waits.append((rows(make)[0].due_at - began) / FIRST_WAIT)
        let_time_pass(make, waits)

    assert waits == pytest.approx([1, 2, 4, 8], abs=0.2)
    assert len(done) == 4


def test_an_error_is_kept_in_one_line(app, make, done):
    add(make, "tests.slow", {"fails": True})

    Worker(app).work_off()

    assert rows(make)[0].last_error == "ValueError: no way"


def test_the_values_of_a_statement_are_not_kept_with_its_error(app, make, done):
    @jobs.handler("tests.statement")
    def fail(_payload):
        db.session.add(
            Job(kind="x", payload={"secret": "hunter2"}, due_at=clock.now(), created_at=clock.now(), key="k")
        )
        db.session.flush()
        db.session.add(
            Job(kind="x", payload={"secret": "hunter2"}, due_at=clock.now(), created_at=clock.now(), key="k")
        )
        db.session.flush()

    add(make, "tests.statement")

    Worker(app).work_off()

    assert rows(make)[0].last_error.startswith("IntegrityError")
    assert "hunter2" not in rows(make)[0].last_error


def give_up(app, make):
    for _ in range(MAX_TRIES):
        Worker(app).work_off()
        let_time_pass(make, None)


def test_after_the_last_try_a_job_is_dead_and_is_left_alone(app, make, done):
    add(make, payload={"fails": "never"})

    give_up(app, make)

    assert Worker(app).work_off() == 0
    assert len(done) == MAX_TRIES
    assert make.read(jobs.count_dead) == 1


def test_a_job_whose_worker_died_is_due_again_when_its_time_is_over(app, make, done):
    add(make)
    make.act(lambda: take(clock.now()) and None)  # and then the worker is killed

    now = Worker(app).work_off()
    let_time_pass(make, LEASE)
    later = Worker(app).work_off()

    assert (now, later) == (0, 1)
    assert done == [{"number": 1}]


def test_a_job_that_kills_every_worker_is_given_up(app, make, done):
    add(make)
    for _ in range(MAX_TRIES):
        make.act(lambda: take(clock.now()) and None)
        let_time_pass(make, LEASE)

    Worker(app).work_off()

    assert [(job.dead_at is not None, job.last_error) for job in rows(make)] == [
        (True, "Whoever was at it never finished.")
    ]
    assert done == []


def test_a_worker_that_took_too_long_ends_nobody_elses_job(app, make, done):
    add(make)
    slow_one = make.act(lambda: take(clock.now()))
    let_time_pass(make, LEASE)
    make.act(lambda: take(clock.now()))

    with pytest.raises(NoLongerOurs):
        make.act(lambda: finish(slow_one, clock.now()))

    assert len(rows(make)) == 1


def test_what_recurs_is_added_once_and_again_when_it_is_done(app, make, done):
    @jobs.recurring("tests.recurring", every=timedelta(hours=6))
    def recur(payload):
        done.append(payload)
        if len(done) == 2:
            raise ValueError

    for _ in range(2):
        make.act(add_recurring)
    mine = [job for job in rows(make) if job.kind == "tests.recurring"]
    assert len(mine) == 1

    Worker(app).work_off()
    next_one = [job for job in rows(make) if job.kind == "tests.recurring"]

    assert len(done) == 1
    assert len(next_one) == 1
    assert next_one[0].due_at - clock.now() > timedelta(hours=5)


def test_what_recurs_goes_on_when_it_was_given_up_once(app, make, done):
    @jobs.recurring("tests.recurring", every=timedelta(hours=6))
    def recur(_payload):
        raise ValueError

    make.act(add_recurring)

    for _ in range(MAX_TRIES):
        Worker(app).work_off()
        make.act(lambda: db.session.execute(update(Job).where(Job.tries > 0).values(due_at=clock.now())) and None)

    assert [job.dead_at is None for job in rows(make) if job.kind == "tests.recurring"] == [False, True]


def test_an_admin_sees_why_a_job_was_given_up_and_tries_it_again(app, make, done):
    add(make, payload={"fails": "<b>the disk is full</b>"})
    give_up(app, make)
    admin = Browser(app).sign_in(make.user("admin"))
    assert "Job failed" in admin.get("/admin/").text

    page = admin.get("/admin/jobs")
    assert "ValueError: <b>the disk is full</b>" in page.text
    assert "tests.quick" in page.text
    admin.submit("/tries")

    assert "Nothing has failed" in admin.page.text
    assert [(job.tries, job.dead_at) for job in rows(make)] == [(0, None)]
    assert Worker(app).work_off() == 1


def test_every_kind_of_job_has_words(app):
    kinds = {kind for kind in _handlers if not kind.startswith("tests.")}

    assert kinds == set(WORDS)


def test_an_admin_forgets_a_job(app, make, done):
    add(make, payload={"fails": "no"})
    give_up(app, make)
    admin = Browser(app).sign_in(make.user("admin"))
    admin.get("/admin/jobs")

    page = admin.submit("/deletion")

    assert "Nothing has failed" in page.text
    assert rows(make) == []


@pytest.mark.parametrize("act", ["tries", "deletion"])
def test_a_job_that_is_not_dead_is_nobodys_to_change(app, make, done, act):
    add(make)
    admin = Browser(app).sign_in(make.user("admin"))
    admin.get("/account/")
    token = admin.page.all("input", name="csrf_token")[0].get("value")

    page = admin.post(f"/admin/jobs/{rows(make)[0].id}/{act}", {"csrf_token": token})

    assert page.status == 404
    assert len(rows(make)) == 1


def test_check_tells_of_jobs_that_were_given_up(app, make, done):
    add(make, payload={"fails": "no"})
    give_up(app, make)

    result = run(app, "check")

    assert "1 job was given up; /admin/jobs says why." in result.output
    assert refusal(result) == "1 thing is wrong."


def test_the_worker_command_does_what_is_due_and_ends(app, make, done):
    add(make)

    result = run(app, "worker", "--once")

    assert result.exit_code == 0
    assert result.output == "1 job done.\n"
    assert done == [{"number": 1}]


def test_what_a_worker_does_is_on_record_as_its_own(app, make, done):
    @jobs.handler("tests.recorded")
    def record(_payload):
        audit.record("sys_backup")

    add(make, "tests.recorded")

    run(app, "worker", "--once")

    assert make.read(lambda: db.session.scalar(select(AuditEvent.via))) == "worker"
