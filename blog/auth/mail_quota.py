"""How much mail one address gets that anybody can cause, by typing it somewhere, from whatever accounts."""

import hashlib
from datetime import datetime, timedelta

from blog.auth.models import Throttle
from blog.auth.names import email_key
from blog.db import db

PERIOD = timedelta(hours=1)
MAILS_AN_HOUR = 5
KEPT_FOR_RESETS = 2
"""Of these, for links to a forgotten password: whoever has an address mailed for fun must not use up those."""


def may_write_to(email: str, now: datetime, *, is_reset: bool = False) -> bool:
    """Count a mail to `email` that is about to be sent, in the caller's transaction; False if there were enough.

    Counting begins anew after an hour without any, so that no hour has more, wherever it begins.
    """
    key = hashlib.sha256(f"mail to\0{email_key(email)}".encode("utf-8", "surrogatepass")).hexdigest()
    row = db.session.get(Throttle, key, with_for_update=True)
    if row is None:
        row = Throttle(key=key, failures=0, last_failure_at=now, blocked_until=now)
        db.session.add(row)
    elif row.forgotten_at is None or row.forgotten_at <= now:
        row.failures = 0
    if row.failures >= MAILS_AN_HOUR - (0 if is_reset else KEPT_FOR_RESETS):
        return False
    row.failures += 1
    row.last_failure_at, row.forgotten_at = now, now + PERIOD
    db.session.flush()
    return True
