"""Slowing down those who guess passwords, without locking anybody out.

Five failures are free, then each doubles the wait, for one account from one network (SECURITY.md has the figures);
a network as a whole has its own, wider bound. A success clears the account's count for that network.
"""

import hashlib
import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from blog.auth.models import Throttle
from blog.db import db, keep_changes

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


def wait_for(account: str, address: str, now: datetime) -> timedelta:
    """How long this account from this network still has to wait before the next try; zero if not at all."""
    rows = [db.session.get(Throttle, key) for key in _keys(account, address)]
    return max([timedelta(), *(row.blocked_until - now for row in rows if row)])


def note_failure(account: str, address: str, now: datetime) -> None:
    """Count a failure, in a transaction of its own: it survives the refusal that follows."""
    account_key, network_key = _keys(account, address)
    with keep_changes() as kept:
        _count(kept, account_key, FREE_FAILURES, now)
        _count(kept, network_key, NETWORK_FREE_FAILURES, now)
        kept.execute(delete(Throttle).where(Throttle.last_failure_at < now - FORGOTTEN_AFTER))


def note_success(account: str, address: str) -> None:
    """Forget the failures of this account from this network."""
    db.session.execute(delete(Throttle).where(Throttle.key == _keys(account, address)[0]))


def _count(kept: Session, key: str, free: int, now: datetime) -> None:
    row = kept.get(Throttle, key, with_for_update=True)
    if row is None:
        row = Throttle(key=key, failures=0, last_failure_at=now, blocked_until=now)
        kept.add(row)
    if now - row.last_failure_at >= FORGOTTEN_AFTER:
        row.failures = 0
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
