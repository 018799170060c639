"""The parts of the suite that need more than Python: what each needs, and what happens where that is missing."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

HERE = Path(__file__).parent
NODE_MODULES = HERE / "browser" / "node_modules"
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def is_required() -> bool:
    """True where nothing may be left out, as in CI."""
    return os.environ.get("TEST_REQUIRE_ALL") == "1"


def require(part: str) -> None:
    """Skip the test if what this part needs is not there; fail where nothing may be left out."""
    if reason := PARTS[part]():
        if is_required():
            pytest.fail(f"{part}: {reason}", pytrace=False)
        pytest.skip(f"{part}: {reason}")


def missing() -> dict[str, str]:
    """The parts that did not run, each with the reason."""
    return {part: reason for part, check in PARTS.items() if (reason := check())}


def chromium_path() -> str | None:
    """Where Chromium is: CHROME_PATH, else what is installed."""
    named = os.environ.get("CHROME_PATH")
    return named or next((path for name in BROWSERS if (path := shutil.which(name))), None)


def _why_no_browser() -> str | None:
    try:
        import playwright.sync_api  # noqa: F401, PLC0415  it has no wheel for some machines
    except ImportError:
        return "playwright is not installed"
    return None if chromium_path() else "no Chromium is installed"


def _why_no_axe() -> str | None:
    return None if (NODE_MODULES / "axe-core").exists() else "npm has not installed it in tests/browser"


def _why_no_vnu() -> str | None:
    if not shutil.which("java"):
        return "no Java is installed"
    return None if (NODE_MODULES / "vnu-jar").exists() else "npm has not installed it in tests/browser"


def _why_no_redis() -> str | None:
    parts = urlsplit(REDIS_URL)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=3) as connection:
            connection.sendall(b"PING\r\n")
            answer = connection.recv(64)
    except OSError as error:
        return f"nothing answers at {REDIS_URL} ({error.strerror or error})"
    return None if answer.startswith(b"+PONG") else f"{REDIS_URL} does not answer as Redis"


PARTS: dict[str, Callable[[], str | None]] = {
    "browser": _why_no_browser,
    "axe-core": _why_no_axe,
    "vnu": _why_no_vnu,
    "Redis": _why_no_redis,
}
