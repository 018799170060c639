"""Slowing down those who guess passwords, without locking anybody out.

A try counts for one account from one network, for the account from wherever, and for the network (SECURITY.md has the
figures). From a browser where the account was signed in before it counts for that browser alone: however many others
guess, its owner still enters, and a stolen cookie frees nobody from waiting. Many failures in all raise an alarm.

What was typed, a user name, an address or what nobody has, counts beside the account, and it alone decides who is told
to wait: else the telling would say which addresses have an account, and whose. When only the account has to wait, since
it was tried by another of its names, the password is not looked at and the answer is that it is wrong.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, or_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from blog.auth.models import Throttle
from blog.db import keep_changes
from blog.site import audit
from blog.site.audit import HasSubject
from blog.web.guard.peers import network_of

FREE_FAILURES = 5
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)
ACCOUNT_FREE_FAILURES = 100
"""In a row and from all networks together, as NIST SP 800-63B-4 (3.2.2) has it."""
ACCOUNT_FORGOTTEN_AFTER = timedelta(days=30)
NETWORK_FAILURES = 20
NETWORK_PERIOD = timedelta(minutes=1)
ALARM_FAILURES = 500
ALARM_PERIOD = timedelta(minutes=10)


@dataclass(frozen=True)
class Try:
    """Somebody types a password, or the code that comes after it."""

    account: str
    """Whose, under one name however it was written; also a name that nobody has."""
    address: str
    device: int | None = None
    """The id of the known device that it comes from."""
    is_second: bool = False
    """The password was right already: what others fail at from the same network does not count, and known devices
    count apart from what their passwords do."""
    typed: str = ""
    """What the account was called, in one way of writing it; empty where nobody typed a name, and nothing is hidden."""


@dataclass(frozen=True)
class Begun:
    """What becomes of a try."""

    wait: timedelta
    """How long it has to wait first; then it was not counted and must be refused."""
    may_look: bool = True
    """False if the password must be taken for a wrong one, unseen."""


@dataclass(frozen=True)
class Doubling:
    """So many failures are free, then each doubles the wait; a success forgets them."""

    key: str
    free: int = FREE_FAILURES
    forgotten_after: timedelta = FORGOTTEN_AFTER

    def wait(self, row: Throttle, now: datetime) -> timedelta:
        """How long the next try has to wait: nothing while some are free, whoever else tries at the same moment."""
        return row.blocked_until - now if row.failures >= self.free else timedelta()

    def count(self, row: Throttle, now: datetime) -> None:
        """Count a try as a failure."""
        row.failures += 1
        row.forgotten_at = now + self.forgotten_after
        if row.failures >= self.free:
            row.blocked_until = now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.failures - self.free, 20))

    def take_back(self, row: Throttle) -> None:
        """A success: the row has nothing to say any more."""
        row.failures = 0
        row.blocked_until = row.forgotten_at = row.last_failure_at


@dataclass(frozen=True)
class Rate:
    """So many failures in a period, without end; a success takes its own back.

    The row holds when its failures would have been used up at an even pace (the generic cell rate algorithm).
    """

    key: str
    failures: int = NETWORK_FAILURES
    period: timedelta = NETWORK_PERIOD

    @property
    def pace(self) -> timedelta:
        """The time that one failure takes."""
        return self.period / self.failures

    def wait(self, row: Throttle, now: datetime) -> timedelta:
        """How long the next try has to wait."""
        return row.blocked_until + self.pace - now - self.period

    def count(self, row: Throttle, now: datetime) -> None:
        """Count a try as a failure."""
        row.failures += 1
        row.blocked_until = row.forgotten_at = max(row.blocked_until, now) + self.pace

    def take_back(self, row: Throttle) -> None:
        """A success: its try was none of the failures."""
        row.failures -= 1
        row.blocked_until -= self.pace


Bound = Doubling | Rate


def begin(one: Try, now: datetime) -> Begun:
    """Count a try to sign in before its password is looked at, so that many at once count as many.

    In a transaction of its own: it survives the refusal that follows. It does not wait for the disk; what comes next,
    a session or a failure on record, does, and takes this along.
    """
    try:
        return _count_try(one, now)
    except IntegrityError:  # two first tries at once: the row is there now
        return _count_try(one, now)


def note_success(one: Try) -> None:
    """Forget the failures of this account here, and in a row from everywhere; the network had one less."""
    with keep_changes() as kept:
        take_back(one, kept)


def take_back(one: Try, session: Session) -> None:
    """The same in the transaction of the sign-in that follows."""
    bounds = {bound.key: bound for bound in (*_bounds(one), *_of_account(one), *_of_typed(one), _everybody())}
    for key, bound in bounds.items():
        if row := session.get(Throttle, key, with_for_update=True):
            bound.take_back(row)


def note_failure(one: Try, about: HasSubject | None, now: datetime) -> None:
    """Put the failure on record, and that a wait begins if it does.

    A flood of them fills no disk: those that have to wait are refused before they get here. An account that does not
    exist is recorded without the name that was typed, which may be a password in the wrong field.
    """
    with keep_changes() as kept:
        if one.is_second:
            audit.record("authn_factor_fail", subject=about, session=kept, factor="code")
        else:
            audit.record("authn_login_fail", subject=about, session=kept)
        rows = [(bound, kept.get(Throttle, bound.key)) for bound in _bounds(one)]
        wait = max((bound.wait(row, now) for bound, row in rows if row), default=timedelta())
        if wait > timedelta():
            audit.record("authn_login_fail_max", subject=about, session=kept, wait_seconds=ceil(wait.total_seconds()))


def _count_try(one: Try, now: datetime) -> Begun:
    told, hidden = _told(one), _hidden(one)
    with keep_changes(lasting=False) as kept:
        kept.execute(delete(Throttle).where(or_(Throttle.forgotten_at <= now, Throttle.forgotten_at.is_(None))))
        _watch(kept, now)
        rows = {bound.key: _row(kept, bound.key, now) for bound in (*told, *hidden)}

        def wait_of(bounds: list[Bound]) -> timedelta:
            return max([timedelta(), *(bound.wait(rows[bound.key], now) for bound in bounds)])

        begun = Begun(wait_of(told), may_look=not wait_of(hidden))
        if not begun.wait:
            for bound in (*told, *hidden) if begun.may_look else told:
                bound.count(rows[bound.key], now)
                rows[bound.key].last_failure_at = now
    return begun


def _watch(kept: Session, now: datetime) -> None:
    """Raise the alarm when the failures of a period become too many, refused tries included."""
    everybody = _everybody()
    row = _row(kept, everybody.key, now)
    was_calm = everybody.wait(row, now) <= timedelta()
    everybody.count(row, now)
    row.blocked_until = row.forgotten_at = min(row.blocked_until, now + 2 * ALARM_PERIOD)
    if was_calm and everybody.wait(row, now) > timedelta():
        audit.record(
            "excess_login_fail", session=kept, failures=ALARM_FAILURES, minutes=ALARM_PERIOD // timedelta(minutes=1)
        )


def _row(kept: Session, key: str, now: datetime) -> Throttle:
    row = kept.get(Throttle, key, with_for_update=True)
    if row is None:
        row = Throttle(key=key, failures=0, last_failure_at=now, blocked_until=now, forgotten_at=now)
        kept.add(row)
    return row


def _bounds(one: Try) -> list[Bound]:
    return [*_told(one), *_hidden(one)]


def _told(one: Try) -> list[Bound]:
    """What makes people wait and says so."""
    if one.device is not None:
        return _of_device_and_code(one, one.device) if one.is_second else [Doubling(_key("device", str(one.device)))]
    named = _of_typed(one) if one.typed else _of_account(one)
    return named if one.is_second else [*named, Rate(_key("network", network_of(one.address)))]


def _hidden(one: Try) -> list[Bound]:
    """What makes people wait without a word. For names that nobody has there are as many: it takes as long."""
    return _of_account(one) if one.typed and one.device is None else []


def _of_device_and_code(one: Try, device: int) -> list[Bound]:
    """Codes from a known device: apart from passwords, whose success must free no further codes; and those of all
    known devices of the account together, which only who holds their cookies can use up.
    """
    return [
        Doubling(_key("code from device", str(device))),
        Doubling(_key("codes from devices", one.account), ACCOUNT_FREE_FAILURES, ACCOUNT_FORGOTTEN_AFTER),
    ]


def _of_account(one: Try) -> list[Bound]:
    return [
        Doubling(_key("account from network", one.account, network_of(one.address))),
        Doubling(_key("account", one.account), ACCOUNT_FREE_FAILURES, ACCOUNT_FORGOTTEN_AFTER),
    ]


def _of_typed(one: Try) -> list[Bound]:
    return [
        Doubling(_key("typed from network", one.typed, network_of(one.address))),
        Doubling(_key("typed", one.typed), ACCOUNT_FREE_FAILURES, ACCOUNT_FORGOTTEN_AFTER),
    ]


def _everybody() -> Rate:
    return Rate(_key("everybody"), ALARM_FAILURES, ALARM_PERIOD)


def _key(*parts: str) -> str:
    """What is stored of what is throttled, so that no address is."""
    return hashlib.sha256("\0".join(("log-in", *parts)).encode("utf-8", "surrogatepass")).hexdigest()
