"""Which function does which kind of job."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

LEASE = timedelta(minutes=2)
"""How long a handler may take; then the job is given to the next who asks, as if its worker had died."""

Handle = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Handler:
    """How a kind of job is done."""

    handle: Handle
    is_slow: bool
    lease: timedelta
    every: timedelta | None = None
    """How long after one is done the next is due, for what happens again and again."""


_handlers: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[Handle], Handle]:
    """Let the function do jobs of this kind, in the writing transaction that takes the job off the list.

    So its changes are made exactly once. Others wait for their turn to write meanwhile: it must be quick.
    """
    return _register(kind, is_slow=False, lease=LEASE)


def slow_handler(kind: str, *, lease: timedelta = LEASE) -> Callable[[Handle], Handle]:
    """Let the function do jobs of this kind outside of any transaction: for slow work, and what leaves the machine.

    It opens `transaction()` for its changes. After a crash it is called again, so it must bear being done twice; and
    it has to end within `lease`.
    """
    return _register(kind, is_slow=True, lease=lease)


def recurring(kind: str, *, every: timedelta, lease: timedelta = LEASE) -> Callable[[Handle], Handle]:
    """Let the function be called again and again, outside of any transaction, with an empty payload.

    The next time is due `every` after the last one ended, or was given up. Like a slow handler it must bear being done
    twice, and has to end within `lease`.
    """
    return _register(kind, is_slow=True, lease=lease, every=every)


def handler_of(kind: str) -> Handler:
    """How jobs of this kind are done. Raises `LookupError` if nobody does them."""
    try:
        return _handlers[kind]
    except KeyError:
        raise LookupError(f"nothing handles jobs of the kind {kind!r}") from None


def recurring_kinds() -> list[str]:
    """What happens again and again."""
    return [kind for kind, one in _handlers.items() if one.every]


def _register(
    kind: str, *, is_slow: bool, lease: timedelta, every: timedelta | None = None
) -> Callable[[Handle], Handle]:
    def register(handle: Handle) -> Handle:
        _handlers[kind] = Handler(handle, is_slow, lease, every)
        return handle

    return register
