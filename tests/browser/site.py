"""The blog as people reach it: the command that a user types, on an instance folder of its own."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30
STOP_SECONDS = 25
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR")


class Site:
    """`flask serve --upgrade`, started and stopped as from a terminal."""

    def __init__(self, instance: Path, host: str = "127.0.0.1") -> None:
        self.instance = instance
        self.port = free_port()
        self.url = f"http://{host}:{self.port}"
        self._log = instance.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, str]:
        """The environment that makes the command this site's."""
        return {"INSTANCE_PATH": str(self.instance), "PORT": str(self.port), "BASE_URL": self.url}

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve", "--upgrade"]
        kept = {name: value for name, value in os.environ.items() if name in _KEPT}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=kept | self.settings, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise AssertionError(f"the site did not start:\n{self.log()}")
            time.sleep(0.03)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop as Ctrl-C does; what does not stop is taken away."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill(self) -> None:
        """Take the server away at once, as a power cut does; entering starts it again at its port."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def log(self) -> str:
        """What the command has printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def set_up_link(self) -> str:
        """The link that a first start prints."""
        found = re.search(r"http://\S+/setup/\S+", self.log())
        assert found, f"no set-up link was printed:\n{self.log()}"
        return found[0]

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        return False


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
