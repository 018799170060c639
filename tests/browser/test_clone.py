"""As somebody new meets the project: clone it, type the first command, look. Part of `make verify`."""

import http.client
import os
import shutil
import signal
import subprocess
import time

import pytest

from tests.browser.site import ROOT, free_port
from tests.browser.test_first_run import comment, publish_first_post, register, set_up
from tests.parts import FIGURE

pytestmark = pytest.mark.verify

FIRST_START_SECONDS = 60  # with a warm cache of packages
LATER_START_SECONDS = 3


class MadeSite:
    """`make serve` in a clone."""

    def __init__(self, clone):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._clone = clone
        self._log = clone.with_suffix(".log")

    def start(self):
        """Type the command; the seconds until the first answer."""
        begun = time.monotonic()
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["make", "serve"],
                cwd=self._clone,
                env=kept | {"PORT": str(self.port)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()
            time.sleep(0.05)
        return time.monotonic() - begun

    def stop(self):
        """Ctrl-C, which a terminal sends to all that the command started."""
        os.killpg(self._process.pid, signal.SIGINT)
        self._process.wait(30)

    def log(self):
        return self._log.read_text()

    def set_up_link(self):
        return next(word for word in self._log.read_text().split() if "/setup/" in word)

    def _answers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False


@pytest.fixture
def clone(tmp_path):
    folder = tmp_path / "blog"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_clone_make_serve_first_post_first_comment(scripts, clone, visits, record_property):
    site = MadeSite(clone)
    begun = time.monotonic()

    first = site.start()
    owner, reader = visits.fresh(scripts=scripts), visits.fresh(scripts=scripts)
    set_up(owner, site.set_up_link())
    publish_first_post(owner)
    published = time.monotonic() - begun
    register(reader, site)
    comment(reader, site)
    site.stop()
    later = site.start()
    site.stop()

    record_property(
        FIGURE,
        f"make serve in a clone: first start {first:.1f} s, first post {published:.1f} s, later start {later:.1f} s",
    )
    assert first < FIRST_START_SECONDS
    assert published < 120
    assert later < LATER_START_SECONDS
