"""The parts of the suite that need more than Python: what each needs, and what happens where that is missing.

A test that needs a part which is not there is skipped, and a line at the end of the run says so; with
`TEST_REQUIRE_ALL=1`, as in CI, the run does not begin.
"""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

NODE_MODULES = Path(__file__).parent / "browser" / "node_modules"
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FIGURE = "figure"
"""The property in which a test notes what it measured: `record_property("figure", …)`."""


def pytest_configure() -> None:
    """Refuse to begin without a part where all are asked for."""
    if os.environ.get("TEST_REQUIRE_ALL") == "1" and (absent := missing()):
        raise pytest.UsageError("; ".join(f"{part} is not there: {reason}" for part, reason in absent.items()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what was measured, and which parts were not tested."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                for name, text in report.user_properties:
                    if name == FIGURE:
                        terminalreporter.write_line(f"measured: {text}")
    for part, reason in missing().items():
        terminalreporter.write_line(f"not tested, since it is not there: {part} ({reason})")


def require(part: str) -> None:
    """Skip the test if what this part needs is not there."""
    if reason := PARTS[part]():
        pytest.skip(f"{part}: {reason}")


def missing() -> dict[str, str]:
    """The parts that are not there, each with the reason."""
    return {part: reason for part, check in PARTS.items() if (reason := check())}


def chromium_path() -> str | None:
    """Where Chromium is: CHROME_PATH, else what is installed."""
    return os.environ.get("CHROME_PATH") or next((path for name in BROWSERS if (path := shutil.which(name))), None)


def _why_no_browser() -> str | None:
    return None if chromium_path() else "no Chromium is installed"


def _why_no_axe() -> str | None:
    return None if (NODE_MODULES / "axe-core").exists() else "run npm ci in tests/browser"


def _why_no_vnu() -> str | None:
    if not shutil.which("java"):
        return "no Java is installed"
    return None if (NODE_MODULES / "vnu-jar").exists() else "run npm ci in tests/browser"


def _why_no_recheck() -> str | None:
    if not shutil.which("node"):
        return "no Node is installed"
    return None if (NODE_MODULES / "recheck").exists() else "run npm ci in tests/browser"


def _why_no_redis() -> str | None:
    parts = urlsplit(REDIS_URL)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=3) as connection:
            connection.sendall(b"PING\r\n")
            answer = connection.recv(64)
    except OSError as error:
        return f"nothing answers at {REDIS_URL}: {error.strerror or error}"
    return None if answer.startswith((b"+PONG", b"-NOAUTH")) else f"what answers at {REDIS_URL} is not Redis"


def _why_no(program: str) -> Callable[[], str | None]:
    """A check that a program of that name is installed, in the folders of servers too."""
    return lambda: None if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") else "it is not installed"


PARTS: dict[str, Callable[[], str | None]] = {
    "the browser": _why_no_browser,
    "axe-core": _why_no_axe,
    "the HTML checker": _why_no_vnu,
    "the checker of regular expressions": _why_no_recheck,
    "Redis": _why_no_redis,
    "nginx": _why_no("nginx"),
    "Caddy": _why_no("caddy"),
}
