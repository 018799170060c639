"""Several at once, and waiting for others, for tests."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask

from tests.browser_like import Browser


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Run `act` in `count` threads that begin together; what they return, in order. A failure is raised here."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            barrier.wait()
            results[number] = act(number)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


def send_at_once(app: Flask, forms: Sequence[tuple[Browser, str, dict[str, Any]]]) -> list[int]:
    """The statuses of forms that are sent at the same moment: (the browser whose cookies go along, path, fields)."""
    copies = [Browser(app) for _ in forms]
    for copy, (browser, _, _) in zip(copies, forms, strict=True):
        for name in ("session", "state"):
            copy.client.set_cookie(name, browser.cookie(name), domain="127.0.0.1")
    return at_once(len(forms), lambda number: copies[number].post(forms[number][1], forms[number][2]).status)


def wait_until(condition: Callable[[], object], *, seconds: float = 30) -> None:
    """Wait for something to become so; a failed test if it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail("it did not happen")
        time.sleep(0.05)
