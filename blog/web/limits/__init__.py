"""How many unsafe requests somebody may send: one limit for all of them, tighter ones where a view says so.

Flask-Limiter decides; its counters live in our database, or in Redis when REDIS_URL is set (`counters`). They count by
network (an IPv4 address, an IPv6 /64, as the guard settled it) and by account, in a short transaction of their own that
is over before the view begins. Whoever only reads is not counted.

    @blueprint.post("/posts/<slug>/comments")
    @limited(account="10 per minute; 100 per hour")
    @login_required
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g, request
from flask_limiter import ApplicationLimit, Limit, Limiter, RateLimitExceeded

from blog import clock, jobs
from blog.db import SAFE_METHODS, transaction
from blog.web.guard.peers import network_of
from blog.web.limits.counters import FORGET_EVERY, Counters, forget_old_counters
from blog.web.security import is_cross_site

NETWORK_A_MINUTE = 300
"""Unsafe requests of one network: a school or an office is one."""
ACCOUNT_A_MINUTE = 120
LOG_INS_A_MINUTE = 60
ACCOUNTS_AN_HOUR = 30
LINKS_AN_HOUR = 60
COMMENTS_A_MINUTE = 10
COMMENTS_AN_HOUR = 100
NETWORK_COMMENTS_A_MINUTE = 60
UPLOADS_AN_HOUR = 60
PICTURES_AN_HOUR = 300
ARCHIVES_AN_HOUR = 10
PREVIEWS_A_MINUTE = 240

View = TypeVar("View", bound=Callable[..., Any])
FindAccount = Callable[[], int | None]


@dataclass(frozen=True)
class Rates:
    """The limits of one view, as Flask-Limiter writes them; empty for none."""

    network: str = ""
    account: str = ""
    by_device: FindAccount | None = None
    """Finds the account that is being signed in to: a browser that is known to it counts by itself, not with its
    network."""
    apart: bool = False
    """Counted by its own limits alone."""


_NONE = Rates()
_ATTRIBUTE = "rates"


def limited(
    *, network: str = "", account: str = "", by_device: FindAccount | None = None, apart: bool = False
) -> Callable[[View], View]:
    """Let the view take no more unsafe requests than this, of a network and of an account.

    `by_device` is for the way in and finds the account that somebody wants in to: a browser that is known to that very
    account counts by itself, so that others in its network, however much they send, do not keep its owner out.
    What is `apart` uses nothing up of what its account and network may send: it changes nothing, though it is sent as
    what does.
    What only reads is not limited: `require_effect` refuses a view that takes nothing else.
    """

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, Rates(network, account, by_device, apart))
        return view

    return mark


def init_app(app: Flask, *, account: FindAccount, device: Callable[[FindAccount], int | None]) -> None:
    """Count from here on: before what reads the body, and after who asks from where is settled.

    `account` finds the id of the one who is signed in, `device` that of the browser if it is known to the account that
    its argument finds, without loading anybody.
    """

    def find_account() -> None:
        if request.method not in SAFE_METHODS:
            g.limited_account = account()
            by_device = _rates().by_device
            g.limited_device = device(by_device) if by_device else None

    redis_url = app.config["REDIS_URL"]
    limiter = _Limiter(
        _of_network,
        application_limits=[
            ApplicationLimit(f"{NETWORK_A_MINUTE} per minute", key_function=_of_network, exempt_when=_is_apart),
            ApplicationLimit(
                f"{ACCOUNT_A_MINUTE} per minute",
                key_function=_of_account,
                exempt_when=lambda: _is_nobody() or _is_apart(),
            ),
        ],
        default_limits=[
            Limit(lambda: _rates().network, key_function=_of_network),
            Limit(lambda: _rates().account, key_function=_of_account, exempt_when=_is_nobody),
        ],
        strategy="fixed-window",
        storage_uri="redis-else-database://" if redis_url else "database://",
        storage_options={"redis_url": redis_url} if redis_url else {},
    )
    app.before_request(find_account)  # before the transaction in which the limiter counts
    limiter.init_app(app)


def require_effect(app: Flask) -> None:
    """Raise `RuntimeError` if a view says limits that would never be asked: it takes no unsafe request."""
    methods: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        methods.setdefault(rule.endpoint, set()).update(rule.methods or ())
    for endpoint, taken in methods.items():
        if hasattr(app.view_functions[endpoint], _ATTRIBUTE) and taken <= SAFE_METHODS:
            raise RuntimeError(f"@limited on {endpoint}, which only reads, limits nothing")


class _Limiter(Limiter):
    """Flask-Limiter, asked of unsafe requests alone, with all counters of a request in one transaction."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:  # noqa: FBT001  as it is there
        # What comes from another site is refused in a moment: its victim's allowance must not be used up by it.
        if request.method in SAFE_METHODS or is_cross_site():
            return
        exceeded = None
        with cast("Counters", self.storage).together():
            try:
                super()._check_request_limit(callable_name, in_middleware)
            except RateLimitExceeded as error:
                exceeded = error
        if exceeded:  # and the counters are kept
            raise exceeded


def seconds_left() -> int:
    """After a `RateLimitExceeded`: until the next request is taken."""
    extension: Limiter = next(iter(current_app.extensions["limiter"]))
    reached = extension.current_limit
    return max(1, reached.reset_at - int(clock.now().timestamp())) if reached else 60


@jobs.recurring("limits.forget", every=FORGET_EVERY)
def forget(_payload: dict[str, Any]) -> None:
    """Counters whose window is over go."""
    with transaction():
        forget_old_counters(clock.now())


def _of_network() -> str:
    if g.get("limited_device") is not None:
        return f"device {g.limited_device}"
    return f"network {network_of(request.remote_addr or '')}"


def _of_account() -> str:
    return f"account {g.limited_account}"


def _is_nobody() -> bool:
    return g.limited_account is None


def _is_apart() -> bool:
    return _rates().apart


def _rates() -> Rates:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, _ATTRIBUTE, _NONE)
