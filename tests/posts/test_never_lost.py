"""Never lose a word: two people, several windows, saves that cross, sessions that end, answers that are not heard."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from blog import create_app
from blog.db import db
from blog.posts.revisions.models import REVISION_WINDOW, Revision
from tests.posts.writers import Window, Writers

QUIET = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
WHICH = st.integers(0, 5)
HOW = st.sampled_from(["line", "line", "paragraph", "delete", "anew"])
THEN = st.sampled_from(["autosave", "autosave", "autosave", "autosave, unheard", "save", "publish", "not yet"])
BEFORE = st.sampled_from(
    [
        None, None, None, None, None, None, None, None, "another_window", "decide_for_mine", "session_ends", "sign_in",
        "ten_minutes_pass", "restore", "give_pending_up", "restart",
    ]
)  # fmt: skip


def machine(app, make, people):
    """The machine on an app; each run is on a post of its own."""

    class Writing(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.words = count()

        @initialize(state=st.sampled_from(["draft", "published", "scheduled"]))
        def begin(self, state):
            self.writers = Writers(app, make, state, people)
            self.writers.open(0)
            self.writers.open(1)

        def window(self, which) -> Window:
            return self.writers.windows[which % len(self.writers.windows)]

        @rule(before=BEFORE, which=WHICH, how=HOW, then=THEN, words=st.integers(1, 12), place=st.integers(0, 30))
        def write(self, before, which, how, then, words, place):
            """Something happens; then somebody types, and it is saved, one way or another, or not yet."""
            if before:
                getattr(self, before)(place % 2, place % 10)
            window = self.window(which)
            self.writers.type(window, self.typed(window.body, how, words, place))
            if then in ("autosave", "autosave, unheard"):
                assert self.writers.autosave(window, is_heard=then == "autosave") in (200, 401, 409)
            elif then in ("save", "publish"):
                self.writers.save(window, publishes=then == "publish")

        def typed(self, body, how, words, place):
            new = " ".join(f"w{next(self.words)}" for _ in range(words))
            if how == "anew":
                return new
            if how == "delete":
                there = body.split(" ")
                at = place % len(there)
                return " ".join(there[:at] + there[at + words :])
            lines = body.split("\n")
            at = place % len(lines)
            if how == "paragraph":
                lines.insert(at, new)
            else:
                lines[at] = f"{lines[at]} {new}".strip()
            return "\n".join(lines)

        def another_window(self, who, _):
            if len(self.writers.windows) < 4:
                self.writers.open(who)

        def decide_for_mine(self, _, number):
            self.writers.decide(self.window(number))

        def session_ends(self, who, _):
            self.writers.expire(who)

        def sign_in(self, who, _):
            self.writers.sign_in(who)

        def ten_minutes_pass(self, *_):
            def age():
                for one in db.session.scalars(select(Revision)):
                    one.created_at -= REVISION_WINDOW + timedelta(seconds=1)

            make.act(age)

        def restore(self, who, number):
            browser = self.writers.browsers[who]
            page = browser.get(f"{self.writers.address}/revisions/{number}")
            if page.status == 200 and page.all("details", class_="confirm"):
                assert browser.submit("/restoration", follow=False).status == 303

        def give_pending_up(self, who, _):
            browser = self.writers.browsers[who]
            page = browser.get(self.writers.address)
            if page.status == 200 and page.all("form", id="discarding"):
                assert browser.submit("/pending/deletion", follow=False).status == 303

        def restart(self, *_):
            with app.app_context():
                db.engine.dispose()
            again = create_app(app.config)
            for browser in self.writers.browsers:
                browser.app = again
                browser.client.application = again

        @invariant()
        def nothing_is_lost(self):
            if hasattr(self, "writers"):
                self.writers.check()
                self.writers.forget_limits()

    return Writing


def test_no_word_is_lost_whatever_two_people_do(app, make, kind):
    if kind == "mariadb":
        pytest.skip("what it would find the other two find")
    people = [make.user("author"), make.user("editor")]

    run_state_machine_as_test(
        machine(app, make, people),
        settings=settings(
            max_examples=3, stateful_step_count=16, deadline=None, derandomize=True, database=None,
            suppress_health_check=QUIET,
        ),
    )  # fmt: skip


@pytest.mark.verify
def test_no_word_is_lost_in_many_runs(app, make):
    people = [make.user("author"), make.user("editor")]

    run_state_machine_as_test(
        machine(app, make, people),
        settings=settings(max_examples=250, stateful_step_count=50, deadline=None, suppress_health_check=QUIET),
    )
