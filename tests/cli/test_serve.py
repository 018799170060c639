"""`flask serve`, run as a user runs it: what it refuses, how it answers under bad clients, how it stops."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

import pytest

from blog.cli.server import GRACE_SECONDS, IDLE_SECONDS, JOBS_NAME, RESPAWN_SECONDS
from tests.together import wait_until

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 20
LIMIT = 2**20  # of a body, by MAX_BODY_MB=1
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


# What systemd does for a service with a socket: the socket is file 3 of the process that it becomes.
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.argv[2], sys.argv[2:])
"""


class Running:
    """The command in its own session on an instance folder, as a user starts it from a terminal."""

    def __init__(
        self,
        instance: Path,
        *arguments: str,
        port: int | None = None,
        listener: socket.socket | None = None,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.port = listener.getsockname()[1] if listener else port or free_port()
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        given = {"INSTANCE_PATH": str(instance), "PORT": str(self.port), "MAX_BODY_MB": "1"} | dict(settings)
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve", *arguments]
        if listener:
            given["PORT"] = "1"  # is not used
            command = [sys.executable, "-c", HAND_OVER, str(listener.fileno()), *command]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=kept | given,
            pass_fds=[listener.fileno()] if listener else [],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_until_up(self) -> None:
        """Wait for the first answer."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                if self.ask(b"GET /healthz HTTP/1.1\r\n").startswith(b"HTTP/1.1 200 "):
                    return
            time.sleep(0.05)
        self.end()
        pytest.fail(f"it did not start:\n{self.output()}")

    def connect(self, *, timeout: float = 10) -> socket.socket:
        """A connection to the server."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def ask(self, head: bytes, body: bytes = b"") -> bytes:
        """The whole answer to a request whose `head` lacks only what all requests have."""
        with self.connect() as connection:
            with contextlib.suppress(ConnectionError):  # it may answer before it has read everything
                connection.sendall(self.whole(head) + body)
            return read_all(connection)

    def whole(self, head: bytes) -> bytes:
        """`head` with a Host, asking to close the connection after the answer."""
        return head + b"Host: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % self.port

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        return [process for process in self.children() if process not in self.job_processes()]

    def job_processes(self) -> list[int]:
        """The process id of the one that does the jobs."""
        names = {process: Path(f"/proc/{process}/comm") for process in self.children()}
        return [process for process, name in names.items() if name.exists() and name.read_text().strip() == JOBS_NAME]

    def children(self) -> list[int]:
        """The process ids of all that it started."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):  # a bare machine has no ps
            with contextlib.suppress(OSError):  # the process may have ended meanwhile
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
                found += [int(stat.parent.name)] if parent == self.process.pid else []
        return found

    def output(self) -> str:
        """All that it printed, once it has ended."""
        return "".join(self.process.communicate(timeout=GRACE_SECONDS + 10))

    def end(self) -> None:
        """Take it and its workers away, whatever they are doing."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def read_all(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    answer = b""
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(65_536):
            answer += data
    return answer


def status(answer: bytes) -> int:
    """The status of the first answer in `answer`."""
    assert answer.startswith(b"HTTP/1.1 "), answer[:200]
    return int(answer[9:12])


def files_in(folder: Path) -> dict[str, bytes]:
    """What is in `folder`."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextlib.contextmanager
def running(instance: Path, port: int | None = None, workers: int = 1) -> Iterator[Running]:
    """The server, up, and taken away at the end."""
    server = Running(instance, "--upgrade", port=port, settings={"WORKERS": str(workers)})
    server.wait_until_up()
    try:
        yield server
    finally:
        server.end()


def refusal(
    instance: Path, *arguments: str, port: int | None = None, settings: Mapping[str, str] = MappingProxyType({})
) -> str:
    """The one sentence with which a start is refused."""
    server = Running(instance, *arguments, port=port, settings=settings)
    try:
        out, err = server.process.communicate(timeout=START_SECONDS)
    finally:
        server.end()
    assert server.process.returncode == 1
    assert out == ""
    assert err.count("\n") == 1, err
    return err


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server for requests that leave it as it was."""
    with running(tmp_path_factory.mktemp("shared")) as server:
        yield server


# The log


def test_what_happens_is_a_line_of_json_on_stdout(tmp_path: Path) -> None:
    server = Running(tmp_path, "--upgrade", settings={"LOG_FORMAT": "json"})
    try:
        server.wait_until_up()
        form = b"login=ines&password=wrong"
        origin = b"POST /login HTTP/1.1\r\nOrigin: http://127.0.0.1:%d\r\n" % server.port
        kind = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n" % len(form)
        answer = server.ask(origin + kind, form)
        server.process.send_signal(signal.SIGTERM)
        lines = [json.loads(line) for line in server.output().splitlines() if line.startswith("{")]
    finally:
        server.end()

    assert answer.startswith(b"HTTP/1.1 422 ")
    (failed,) = [line for line in lines if line.get("event") == "authn_login_fail"]
    assert (failed["address"], failed["endpoint"]) == ("127.0.0.1", "/login")


# Starting


def test_a_first_start_makes_what_it_needs_and_prints_a_link_that_works(tmp_path: Path) -> None:
    instance = tmp_path / "new" / "instance"

    with running(instance) as server:
        server.process.send_signal(signal.SIGINT)
        output = server.output()
    with running(instance, server.port) as server:
        server.process.send_signal(signal.SIGINT)
        second = server.output()

    assert f"The blog is at http://127.0.0.1:{server.port} " in output
    assert "/setup/" in output
    assert link_in(output) != link_in(second)
    assert (instance / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_link_leads_to_a_page(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        assert server.process.stdout
        line = next(line for line in server.process.stdout if "/setup/" in line)

        opened = server.ask(f"GET {link_in(line)} HTTP/1.1\r\n".encode())
        secret = link_in(line).removeprefix("/setup/")
        answer = server.ask(f"GET /setup HTTP/1.1\r\nCookie: link-setup={secret}\r\n".encode())

    assert status(opened) == 303
    assert f"Set-Cookie: link-setup={secret};".lower() in opened.decode().lower()
    assert status(answer) == 200


def test_a_later_start_keeps_the_key_and_takes_less_than_three_seconds(tmp_path: Path) -> None:
    with running(tmp_path):
        key = (tmp_path / "secret_key").read_bytes()

    with running(tmp_path) as server:
        seconds = sum(processor_seconds(process) for process in (server.process.pid, *server.children()))

    assert (tmp_path / "secret_key").read_bytes() == key
    assert (
        seconds < 2
    )  # of the processor, which does not depend on what else the machine does; the clock shows little more


def processor_seconds(process: int) -> float:
    """The time that a process has had the processor (proc(5): utime and stime)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# Refusing to start


def test_a_port_in_use_is_named_and_nothing_is_changed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        sentence = refusal(tmp_path, "--upgrade", port=port)

    assert sentence == f"Error: Port {port} is in use; set PORT to a free port, as in PORT=8001.\n"
    assert files_in(tmp_path) == {}


def test_a_second_server_does_not_share_the_port_of_the_first(shared: Running, tmp_path: Path) -> None:
    assert f"Port {shared.port} is in use" in refusal(tmp_path, "--upgrade", port=shared.port)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("HOST", "192.0.2.1"),  # an address that is nobody's (RFC 5737)
        ("BASE_URL", "blog.example.org"),
        ("DATABASE_URL", "oracle://db/blog"),
        ("SECRET_KEY", "short"),
        ("TRUSTED_PROXIES", "nginx"),
        ("TRUSTED_HOSTS", "www.example.org:99999"),
        ("TRUSTED_HOSTS", "[::1"),
        ("TRUSTED_HOSTS", "a:b:c"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_is_changed(tmp_path: Path, name: str, value: str) -> None:
    sentence = refusal(tmp_path, "--upgrade", settings={name: value})

    assert name in sentence
    assert files_in(tmp_path) == {}


def test_an_instance_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "instance"
    file.write_text("mine")

    assert f"The instance folder {file} can't be written" in refusal(file, "--upgrade")
    assert file.read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/sys").exists(), reason="no folder that even root can't write to")
def test_an_instance_folder_that_cant_be_written_is_refused() -> None:
    assert "The instance folder /proc/sys/blog can't be written" in refusal(Path("/proc/sys/blog"), "--upgrade")


def test_a_database_newer_than_the_code_is_refused_and_left_alone(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / "blog.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'tomorrow'")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = without_journals(files_in(tmp_path))

    sentence = refusal(tmp_path, "--upgrade")

    assert sentence == (
        "Error: The database is newer than this version of the blog (it is at tomorrow); install the newer one.\n"
    )
    assert without_journals(files_in(tmp_path)) == before


def without_journals(files: dict[str, bytes]) -> dict[str, bytes]:
    """What is left when SQLite's last reader has gone: the journal was empty."""
    return {name: content for name, content in files.items() if not name.endswith(("-wal", "-shm"))}


def test_a_database_that_waits_for_a_migration_is_refused_without_leave_to_migrate(tmp_path: Path) -> None:
    assert "run `flask --app wsgi db upgrade` first" in refusal(tmp_path)
    assert files_in(tmp_path) == {}


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "blog.db").write_bytes(b"not a database" * 1_000)

    assert "can't be used: file is not a database" in refusal(tmp_path, "--upgrade")
    assert files_in(tmp_path) == {"blog.db": b"not a database" * 1_000}


# Bad clients


def test_twenty_stalled_uploads_leave_reading_and_writing_answered(shared: Running) -> None:
    head = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % shared.port + FORM + b"Content-Length: 1000\r\n\r\nuser"
    with contextlib.ExitStack() as held:
        for _ in range(20):
            held.enter_context(shared.connect()).sendall(head)
        time.sleep(0.3)
        began = time.monotonic()

        read = [status(shared.ask(b"GET /healthz HTTP/1.1\r\n")) for _ in range(5)]
        written = [
            status(shared.ask(b"POST /login HTTP/1.1\r\n" + FORM + b"Content-Length: 3\r\n", b"a=b")) for _ in range(5)
        ]

    assert read == [200] * 5
    assert max(written) < 500
    assert time.monotonic() - began < 3


@pytest.mark.slow
def test_slow_heads_are_given_up_and_leave_others_answered(shared: Running) -> None:
    with contextlib.ExitStack() as held:
        began = time.monotonic()
        slow = [held.enter_context(shared.connect(timeout=IDLE_SECONDS + 5)) for _ in range(50)]
        for connection in slow:
            connection.sendall(b"GET / HTTP/1.1\r\nHos")

        assert status(shared.ask(b"GET /healthz HTTP/1.1\r\n")) == 200
        assert {read_all(connection)[9:12] for connection in slow} <= {b"", b"408"}
        assert time.monotonic() - began < IDLE_SECONDS + 4


def chunks(size: int) -> bytes:
    """A chunked body of `size` bytes."""
    return b"%x\r\n%b\r\n0\r\n\r\n" % (size, b"a" * size)


CHUNKED = b"Transfer-Encoding: chunked\r\nSec-Fetch-Site: same-origin\r\n"


@pytest.mark.parametrize("extra", [1, 2 * LIMIT])
@pytest.mark.parametrize("type_", [FORM, b"Content-Type: multipart/form-data; boundary=x\r\n", b""])
def test_a_chunked_body_past_the_limit_is_too_large(shared: Running, type_: bytes, extra: int) -> None:
    answer = shared.ask(b"POST /login HTTP/1.1\r\n" + type_ + CHUNKED, chunks(LIMIT + extra))

    assert status(answer) == 413


def test_a_body_that_says_that_it_is_too_large_is_refused_before_it_is_sent(shared: Running) -> None:
    with shared.connect() as connection:
        connection.sendall(shared.whole(b"POST /login HTTP/1.1\r\n" + FORM + b"Content-Length: 524288000\r\n"))

        assert status(connection.recv(65_536)) == 413


def test_whoever_sends_too_much_gets_to_see_the_answer(shared: Running) -> None:
    answer = shared.ask(
        b"POST /login HTTP/1.1\r\n" + FORM + b"Content-Length: %d\r\n" % (20 * LIMIT), b"a" * (20 * LIMIT)
    )

    assert status(answer) == 413
    assert b"at most 1 MB" in answer


@pytest.mark.parametrize("framing", [b"Content-Length: 500\r\n", CHUNKED])
def test_a_body_whose_client_hangs_up_is_not_taken_for_whole(shared: Running, framing: bytes) -> None:
    with shared.connect() as connection:
        connection.sendall(shared.whole(b"POST /login HTTP/1.1\r\n" + FORM + framing) + b"5\r\nuser=\r\n")
        connection.shutdown(socket.SHUT_WR)
        answer = read_all(connection)

    assert status(answer) in (400, 411)


@pytest.mark.parametrize(
    ("head", "statuses"),
    [
        (b"GET /%b HTTP/1.1\r\n" % (b"a" * 10_000), {414}),
        (b"GET /%b HTTP/1.1\r\n" % (b"a" * 100_000), {414}),
        (b"GET / HTTP/1.1\r\nX-Long: %b\r\n" % (b"a" * 20_000), {431}),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: a\r\n" % number for number in range(200)), {431}),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n", {400}),  # and the right Host after it
        (b"TRACE / HTTP/1.1\r\n", {405}),
        (b"OPTIONS * HTTP/1.1\r\n", {405}),
        (b"PROPFIND / HTTP/1.1\r\n", {501}),
        (b"GET /%00 HTTP/1.1\r\n", {400}),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n", {400}),
        (b"POST / HTTP/1.1\r\nContent-Length: +3\r\n", {400}),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n", {400}),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n", {400}),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", {400}),
    ],
    ids=lambda value: value[:40].decode() if isinstance(value, bytes) else "",
)
def test_requests_that_no_browser_sends_are_refused(shared: Running, head: bytes, statuses: set[int]) -> None:
    assert status(shared.ask(head)) in statuses


@pytest.mark.parametrize("host", [b"", b"Host: \r\n", b"Host: evil.example\r\n", b"Host: \xe9\r\n"])
def test_a_wrong_host_is_refused(shared: Running, host: bytes) -> None:
    with shared.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n")

        assert status(read_all(connection)) == 400


def test_a_request_with_two_lengths_smuggles_no_second_one(shared: Running) -> None:
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % shared.port
    head = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %d\r\n" % (shared.port, 5 + len(smuggled))
    with shared.connect() as connection:
        connection.sendall(head + CHUNKED + FORM + b"\r\n0\r\n\r\n" + smuggled)
        answers = read_all(connection)

    assert answers.count(b"HTTP/1.1 ") == 1


# Stopping


@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "Ctrl-C"])
def test_stopping_finishes_the_request_in_flight(tmp_path: Path, how: str) -> None:
    with running(tmp_path) as server, server.connect() as connection:
        head = b"POST /login HTTP/1.1\r\n" + FORM + b"Content-Length: 10\r\n"
        connection.sendall(server.whole(head) + b"user=")
        time.sleep(0.3)
        stop(server, how)
        wait_until_refused(server)
        time.sleep(1.5)
        connection.sendall(b"admin")
        answer = read_all(connection)
        output = server.output()

    assert 200 <= status(answer) < 500
    assert answer.rstrip().endswith(b"</html>")
    assert server.process.returncode == 0
    assert "Traceback" not in output
    assert "Unexpected" not in output
    assert "Stopping; requests in flight are finished first.\n" in output


def wait_until_refused(server: Running) -> None:
    """Wait until nobody new is let in."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            server.connect().close()
        except ConnectionRefusedError:
            return
        time.sleep(0.05)
    pytest.fail("it still lets people in")


@pytest.mark.parametrize("how", ["SIGTERM", "Ctrl-C"])
def test_stopping_right_after_starting_is_quick_and_clean(tmp_path: Path, how: str) -> None:
    server = Running(tmp_path, "--upgrade")
    try:
        assert server.process.stdout
        server.process.stdout.readline()
        time.sleep(0.1)
        stop(server, how)
        began = time.monotonic()
        output = server.output()
        seconds = time.monotonic() - began
    finally:
        server.end()

    assert "Traceback" not in output
    assert seconds < 5


def stop(server: Running, how: str) -> None:
    """Stop it by a signal, or as a terminal does at Ctrl-C, which tells the whole group."""
    if how == "Ctrl-C":
        os.killpg(server.process.pid, signal.SIGINT)
    else:
        server.process.send_signal(getattr(signal, how))


@pytest.mark.slow
def test_an_upload_that_never_ends_does_not_keep_the_server_from_stopping(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.connect() as connection:
        connection.sendall(server.whole(b"POST /login HTTP/1.1\r\n" + FORM + b"Content-Length: 10\r\n"))
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        server.output()

    assert server.process.returncode == 0
    assert time.monotonic() - began < 2 * GRACE_SECONDS


# Workers


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        (worker,) = server.workers()
        os.kill(worker, signal.SIGKILL)

        server.wait_until_up()

        assert server.workers() not in ([], [worker])


def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as server:
        workers, jobs = server.workers(), server.job_processes()
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(5)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and any(Path(f"/proc/{worker}/exe").exists() for worker in workers + jobs):
            time.sleep(0.05)

        assert (len(workers), len(jobs)) == (2, 1)
        assert not any(Path(f"/proc/{worker}/exe").exists() for worker in workers + jobs)
        socket.create_server(("127.0.0.1", server.port)).close()  # the port is free again


def test_jobs_are_done_while_the_blog_is_served_and_no_longer(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        (jobs,) = server.job_processes()
        with contextlib.closing(sqlite3.connect(tmp_path / "blog.db", isolation_level=None)) as connection:
            connection.execute(
                "INSERT INTO jobs (kind, payload, due_at, tries, created_at) "
                "VALUES ('nobody', '{}', '2026-01-01 00:00:00.000000', 0, '2026-01-01 00:00:00.000000')"
            )
            wait_until(lambda: connection.execute("SELECT dead_at FROM jobs WHERE kind = 'nobody'").fetchone()[0])
        server.process.send_signal(signal.SIGTERM)
        output = server.output()

    assert server.process.returncode == 0
    assert "Traceback" not in output
    assert not Path(f"/proc/{jobs}/exe").exists()


@pytest.mark.slow
def test_a_killed_process_for_jobs_is_replaced(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        (jobs,) = server.job_processes()
        os.kill(jobs, signal.SIGKILL)

        wait_until(lambda: server.job_processes() not in ([], [jobs]), seconds=RESPAWN_SECONDS + 5)

        assert status(server.ask(b"GET /healthz HTTP/1.1\r\n")) == 200


@pytest.mark.slow
def test_a_reload_answers_every_request(tmp_path: Path) -> None:
    with running(tmp_path) as server, ThreadPoolExecutor() as clients:
        (old,) = server.workers()
        server.process.send_signal(signal.SIGHUP)
        asking = [clients.submit(ask_for_a_while, server, seconds=8) for _ in range(4)]
        answers = [answer for client in asking for answer in client.result()]

        assert set(answers) == {200}
        assert len(answers) > 100
        assert old not in server.workers()


@pytest.mark.slow
def test_a_restart_on_a_socket_of_systemds_loses_no_request(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1_024) as listener, ThreadPoolExecutor() as clients:
        settings = {"BASE_URL": f"http://127.0.0.1:{listener.getsockname()[1]}"}
        server = Running(tmp_path, "--upgrade", listener=listener, settings=settings)
        try:
            server.wait_until_up()
            asking = [clients.submit(ask_for_a_while, server, seconds=8, tries=2) for _ in range(4)]
            for _ in range(2):
                time.sleep(1)
                server.process.send_signal(signal.SIGTERM)
                server.process.wait(10)
                server = Running(tmp_path, "--upgrade", listener=listener, settings=settings)
            answers = [answer for client in asking for answer in client.result()]
        finally:
            server.end()

    assert set(answers) == {200}
    assert len(answers) > 100


def ask_for_a_while(server: Running, *, seconds: float, tries: int = 1) -> list[int]:
    """The statuses of requests one after the other, 0 for one without an answer.

    A server that stops may close a connection that it has accepted before the request was sent on it, which happens on
    a busy machine; clients send such a request again (RFC 9110, 9.2.2), as `tries` says.
    """
    deadline = time.monotonic() + seconds
    answers = []
    while time.monotonic() < deadline:
        answer = b""
        for _ in range(tries):
            answer = answer or server.ask(b"GET /healthz HTTP/1.1\r\n")
        answers.append(status(answer) if answer else 0)
    return answers


def test_no_secret_is_in_the_environment_that_requests_see(tmp_path: Path) -> None:
    seen = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os; from blog.cli.server import load_app; load_app(); print(sorted(os.environ))",
        ],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "INSTANCE_PATH": str(tmp_path), "SECRET_KEY": "x" * 40},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "INSTANCE_PATH" in seen.stdout
    assert "SECRET_KEY" not in seen.stdout


def link_in(text: str) -> str:
    """The path of the set-up link in `text`."""
    return "/setup/" + text.partition("/setup/")[2].split()[0]
