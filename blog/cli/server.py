"""The server process: granian, its listening socket and its workers, and the process that does the jobs."""

import contextlib
import importlib
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import click
from flask import Flask
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from blog.jobs import Worker
from blog.site import audit
from blog.site.audit import Origin
from blog.web.logging import write_log

try:
    import resource
except ImportError:  # Windows, which has no such limits
    resource = None  # type: ignore[assignment]

BACKLOG = 1_024
"""Connections that wait to be accepted, while all workers restart for instance."""
CONNECTIONS = 8_192
"""Open connections over all workers, as far as the limit of open files allows."""
THREADS = 512
"""Requests in work over all workers. A stalled upload holds one, so there are many; they are made as needed."""
IDLE_SECONDS = 15
"""How long a client may take over its headers, and a kept connection may be quiet."""
HEAD_LIMIT = 128 * 1024  # bytes before the body; hyper refuses more (the guard's own limits are far below)
GRACE_SECONDS = 20
"""How long requests in flight may take to finish when the server stops."""
BOOT_SECONDS = 5.0
"""More than a worker takes to start: at a reload (SIGHUP) the old one serves until then."""
JOBS_NAME = "blog-jobs"
"""What `ps` calls the process that does the jobs."""
RESPAWN_SECONDS = 5
"""How long after its end the process that does the jobs is started again."""

_SECRET_SETTINGS = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "MEDIA_URL", "SMTP_URL")
_STOPPING = (signal.SIGINT, signal.SIGTERM)
_FIRST_INHERITED = 3  # SD_LISTEN_FDS_START
_RESERVED_FILES = 256  # of the open files, those that are not connections: database, static files, libraries


def listen(host: str, port: int) -> socket.socket:
    """The listening socket: the one that systemd hands over, else a new one at `host` and `port`.

    Raises `OSError` if the address can't be had, as when the port is in use. It is bound once, here, and not by every
    worker with SO_REUSEPORT as granian does: that would succeed beside another server on the same port, and drop the
    connections that wait for a worker when it restarts.
    """
    listener = _inherited_socket() or _new_socket(host, port)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class Server(MPServer):
    """granian's WSGI server on a socket that is already bound, with `workers` processes that each load `wsgi:app`."""

    def __init__(self, listener: socket.socket, *, workers: int) -> None:
        super().__init__(
            "wsgi:app",
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            websockets=False,
            workers=workers,
            backlog=BACKLOG,
            backpressure=max(_connections() // workers, 128),
            blocking_threads=max(THREADS // workers, 64),
            http1_settings=HTTP1Settings(header_read_timeout=IDLE_SECONDS * 1_000, max_buffer_size=HEAD_LIMIT),
            log_level=LogLevels.error,
            log_dictconfig=_LOGGING,
            respawn_failed_workers=True,
            respawn_interval=BOOT_SECONDS,
            workers_kill_timeout=GRACE_SECONDS,
        )
        self._listener = listener
        self._jobs = JobProcess(listener)
        self.on_startup(self._jobs.start)

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM, then finish the requests in flight; SIGHUP restarts the workers one by one.

        Raises `SystemExit` with 1 if the workers could not be kept alive.
        """
        os.register_at_fork(before=_hold_signals, after_in_parent=_release_signals, after_in_child=_begin_worker)
        self.serve(target_loader=load_app, wrap_loader=False)

    def shutdown(self, exit_code: int = 0) -> None:
        """Stop accepting, let the workers finish, and end."""
        if self.interrupt_signal:
            self.interrupt_children.clear()
            click.echo("Stopping; requests in flight are finished first.")
        self._jobs.stop()
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]  # granian's is untyped
        self._jobs.wait()

    def _init_shared_socket(self) -> None:
        self._ssp = None
        self._sso = self._listener
        holder: Any = SocketHolder  # its stub lacks the arguments
        self._shd = holder(self._listener.fileno(), False, BACKLOG)


class JobProcess:
    """The process that does the jobs while the blog is served; started again when it ends by itself."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._context = _context()
        self._process: multiprocessing.process.BaseProcess | None = None
        self._stopping = threading.Event()
        self._changing = threading.Lock()

    def start(self) -> None:
        """Start it, and keep it alive until `stop`."""
        self._spawn()  # here, before there is another thread
        threading.Thread(target=self._keep_alive, daemon=True).start()

    def stop(self) -> None:
        """Tell it to finish the job at hand and end."""
        with self._changing:
            self._stopping.set()
            if self._process:
                self._process.terminate()

    def wait(self) -> None:
        """Wait for its end, no longer than for requests in flight; a job that is cut short is done another time."""
        if self._process:
            self._process.join(GRACE_SECONDS)
            self._process.kill()

    def _spawn(self) -> None:
        inherited = self._listener.fileno() if self._context.get_start_method() == "fork" else None
        self._process = self._context.Process(name=JOBS_NAME, target=do_jobs, args=(inherited,))
        self._process.start()

    def _keep_alive(self) -> None:
        while self._process:
            self._process.join()
            self._stopping.wait(RESPAWN_SECONDS)
            with self._changing:
                if self._stopping.is_set():
                    return
                self._spawn()


def load_app() -> Flask:
    """A worker's own app, which shares no connection and no thread with the process that started the worker."""
    # A terminal sends Ctrl-C to its whole process group. Only the parent process is to hear of it and stop us: two
    # signals at once, while it starts, make a worker hang.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.setpgid(0, 0)
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    sys.modules.pop("wsgi", None)
    app: Flask = importlib.import_module("wsgi").app
    for name in _SECRET_SETTINGS:  # granian copies the environment into that of every request
        os.environ.pop(name, None)
    write_log(app.config["LOG_FORMAT"], app.config["BASE_URL"])
    return app


def do_jobs(listener: int | None) -> None:
    """What runs in the process for the jobs. It closes the socket that it inherited: nobody here would answer."""
    if listener is not None:
        os.close(listener)
    with contextlib.suppress(OSError):  # where there is no /proc it goes by its parent's name
        Path("/proc/self/comm").write_text(JOBS_NAME, encoding="ascii")
    worker = Worker(load_app())
    stop_on(signal.SIGTERM, worker)
    audit.set_origin(Origin("worker"))
    worker.run()


def stop_on(number: signal.Signals, worker: Worker) -> None:
    """Let a signal stop the worker after its job; from a thread, since the signal may come while the worker waits."""
    signal.signal(number, lambda *_: threading.Thread(target=worker.stop).start())


def _hold_signals() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)


def _release_signals() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)


def _begin_worker() -> None:
    """Drop the handlers of the process that we were forked from: a signal to stop would be lost in them."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _release_signals()


def _context() -> Any:  # the common class of its kinds lacks `Process`
    """How to start a process, as granian starts its workers: Python's forkserver does not go with shared sockets."""
    return multiprocessing.get_context("fork" if multiprocessing.get_start_method() == "fork" else "spawn")


def _inherited_socket() -> socket.socket | None:
    """The first socket of systemd's socket activation (sd_listen_fds(3)): it outlives a restart of the server."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or not os.environ.get("LISTEN_FDS"):
        return None
    return socket.socket(fileno=_FIRST_INHERITED)


def _new_socket(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(
        host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    return socket.create_server(address, family=family, backlog=BACKLOG)


def _stop_with_parent() -> None:
    """End this worker when the process that started it is gone, even killed: an orphan would keep the port."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os._exit(1)  # nobody else is left to lose patience


def _connections() -> int:
    """How many connections to hold open, after raising the limit of open files as far as we may.

    Without a free file, accepting fails again and again at full speed; so there must be fewer connections than files.
    """
    if resource is None:
        return CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + _RESERVED_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return CONNECTIONS if soft == resource.RLIM_INFINITY else min(CONNECTIONS, max(soft - _RESERVED_FILES, soft // 2))


_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"_granian": {"handlers": ["console"], "propagate": False}},
}
