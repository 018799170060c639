"""What a flood of log-ins costs those who read: `make verify`; `-s` shows the figures."""

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.test_serve import Running, status

pytestmark = pytest.mark.verify

AT_ONCE = 100
WAVES = 3
READING_P99 = 0.200  # s
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n"


def log_in(server: Running, number: int) -> int:
    """Try a password from an address of its own, which the server believes its proxy, us."""
    body = b"login=somebody-%d&password=correct+horse+battery+staple" % number
    came_from = b"X-Forwarded-For: 198.51.%d.%d\r\n" % divmod(number, 250)
    return status(
        server.ask(b"POST /login HTTP/1.1\r\n%s%sContent-Length: %d\r\n" % (FORM, came_from, len(body)), body)
    )


def read_until(server: Running, over: threading.Event) -> list[float]:
    """How long the home page took, asked for again and again until `over`, in seconds."""
    took = []
    while not over.is_set():
        began = time.perf_counter()
        assert status(server.ask(b"GET / HTTP/1.1\r\n")) == 200
        took.append(time.perf_counter() - began)
        time.sleep(0.005)
    return took


def test_a_hundred_log_ins_at_once_leave_reading_fast(tmp_path: Path) -> None:
    server = Running(tmp_path, "--upgrade", settings={"TRUSTED_PROXIES": "127.0.0.1"})
    server.wait_until_up()
    over = threading.Event()
    try:
        with ThreadPoolExecutor(AT_ONCE + 1) as pool:
            reading = pool.submit(read_until, server, over)
            began = time.perf_counter()
            try:
                answers = list(pool.map(lambda number: log_in(server, number), range(AT_ONCE * WAVES)))
            finally:
                over.set()
            took = time.perf_counter() - began
            times = sorted(reading.result())
    finally:
        server.end()

    p99 = times[int(len(times) * 0.99)]
    print(
        f"\n{len(answers)} log-ins, {AT_ONCE} at once, in {took:.1f} s: "
        f"{ {code: answers.count(code) for code in sorted(set(answers))} }; {len(times)} pages read meanwhile: "
        f"median {statistics.median(times) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, longest {times[-1] * 1000:.0f} ms"
    )
    assert set(answers) <= {422, 429, 503}
    assert answers.count(422) >= AT_ONCE  # they did cost something
    assert len(times) > 20
    assert p99 < READING_P99
