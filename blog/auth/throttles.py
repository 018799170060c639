"""Slowing down those who guess passwords, without locking anybody out.

Five failures are free, then each doubles the wait, for one account from one network (SECURITY.md has the figures);
a network as a whole has its own, wider bound. A success clears the account's count for that network.
"""

import hashlib
import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from blog.auth.models import Throttle
from blog.db import keep_changes

FREE_FAILURES = 5
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=15)
NETWORK_FREE_FAILURES = 20
FORGOTTEN_AFTER = timedelta(hours=1)


def network_of(address: str) -> str:
    """The network that counts as one visitor: the address itself in IPv4, its /64 in IPv6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((ip, 64 if ip.version == 6 else 32), strict=False))


def begin_try(account: str, address: str, now: datetime) -> timedelta:
    """Count a try to sign in before its password is looked at, so that many at once count as many.

    Returns how long this account from this network has to wait first; then the try is not counted and must be
    refused. In a transaction of its own: it survives the refusal that follows.
    """
    try:
        return _begin_try(account, address, now)
    except IntegrityError:  # two first tries at once: the row is there now
        return _begin_try(account, address, now)


def note_success(account: str, address: str) -> None:
    """Forget the tries of this account from this network; the network had one failure less."""
    account_key, network_key = _keys(account, address)
    with keep_changes() as kept:
        kept.execute(delete(Throttle).where(Throttle.key == account_key))
        kept.execute(
            update(Throttle)
            .where(Throttle.key == network_key, Throttle.failures > 0)
            .values(failures=Throttle.failures - 1)
        )


def _begin_try(account: str, address: str, now: datetime) -> timedelta:
    account_key, network_key = _keys(account, address)
    with keep_changes() as kept:
        kept.execute(delete(Throttle).where(Throttle.last_failure_at < now - FORGOTTEN_AFTER))
        rows = [kept.get(Throttle, key, with_for_update=True) for key in (account_key, network_key)]
        wait = max([timedelta(), *(row.blocked_until - now for row in rows if row)])
        if not wait:
            _count(kept, account_key, FREE_FAILURES, now)
            _count(kept, network_key, NETWORK_FREE_FAILURES, now)
    return wait


def _count(kept: Session, key: str, free: int, now: datetime) -> None:
    row = kept.get(Throttle, key)
    if row is None:
        row = Throttle(key=key, failures=0, last_failure_at=now, blocked_until=now)
        kept.add(row)
    row.failures += 1
    row.last_failure_at = now
    if row.failures >= free:
        row.blocked_until = now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.failures - free, 20))


def _keys(account: str, address: str) -> tuple[str, str]:
    network = network_of(address)
    return (
        hashlib.sha256(f"log-in\0{account}\0{network}".encode("utf-8", "surrogatepass")).hexdigest(),
        hashlib.sha256(f"log-in\0{network}".encode()).hexdigest(),
    )
