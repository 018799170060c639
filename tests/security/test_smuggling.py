"""Requests whose end two readers could see in different places, over raw sockets: to the shipped command by itself, and
behind the shipped proxies (attack 57, V4.2.1).

By itself the server refuses them and closes the connection, or reads them in the one way there is. A proxy refuses
them too, or writes them anew: the upstream here takes nothing but what RFC 9112 allows, and notes everything else.
"""

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pytest

from tests.cli.test_serve import Running, free_port
from tests.parts import require
from tests.rules.documents import ROOT, read
from tests.security.proxies import NAME, Proxy, running_caddy, running_nginx

FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
JSON = b"Content-Type: application/json\r\n"
OURS = b"Sec-Fetch-Site: same-origin\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
QUIET = 1.5
"""Seconds after which nothing more is to come."""

SECOND = b"GET /smuggled HTTP/1.1\r\nHost: @HOST@\r\n\r\n"
"""The request that is hidden in another; `@HOST@` is the host that the server knows."""
HIDDEN = b"0\r\n\r\n" + SECOND


def post(headers: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    """A form that our own page could have sent, but for its framing."""
    return b"POST /login HTTP/" + version + b"\r\nHost: @HOST@\r\n" + OURS + headers + b"\r\n" + body


def get(headers: bytes = b"", target: bytes = b"/", host: bytes = b"Host: @HOST@\r\n") -> bytes:
    """A page asked for."""
    return b"GET " + target + b" HTTP/1.1\r\n" + host + headers + b"\r\n"


LENGTH = b"Content-Length: %d\r\n"
REFUSED = {
    "CL.TE": post(FORM + LENGTH % (5 + len(SECOND)) + CHUNKED, HIDDEN),
    "TE.CL": post(FORM + CHUNKED + LENGTH % 4, b"%x\r\n" % len(SECOND) + SECOND + b"\r\n0\r\n\r\n"),
    "TE.TE, the other first": post(FORM + b"Transfer-Encoding: identity\r\n" + CHUNKED, HIDDEN),
    "TE.TE, the other last": post(FORM + CHUNKED + b"Transfer-Encoding: identity\r\n", HIDDEN),
    "TE.TE, twice the same": post(FORM + CHUNKED + CHUNKED, HIDDEN),
    "chunked, chunked": post(FORM + b"Transfer-Encoding: chunked, chunked\r\n", HIDDEN),
    "xchunked": post(FORM + b"Transfer-Encoding: xchunked\r\n", HIDDEN),
    "gzip, chunked": post(FORM + b"Transfer-Encoding: gzip, chunked\r\n", HIDDEN),
    "chunked in quotes": post(FORM + b'Transfer-Encoding: "chunked"\r\n', HIDDEN),
    "chunked after a vertical tab": post(FORM + b"Transfer-Encoding: \x0bchunked\r\n", HIDDEN),
    "a space before the colon of TE": post(FORM + b"Transfer-Encoding : chunked\r\n", HIDDEN),
    "TE on a line of its own": post(FORM + b"Transfer-Encoding:\r\n chunked\r\n", HIDDEN),
    "TE in HTTP/1.0": post(FORM + CHUNKED, HIDDEN, version=b"1.0"),
    "chunks of a form": post(FORM + CHUNKED, b"3\r\na=b\r\n" + HIDDEN),
    "two different CL": post(FORM + LENGTH % 5 + LENGTH % 6, HIDDEN),
    "CL as a list": post(FORM + b"Content-Length: 5, 5\r\n", HIDDEN),
    "CL with a plus": post(FORM + b"Content-Length: +5\r\n", HIDDEN),
    "CL with a minus": post(FORM + b"Content-Length: -5\r\n", HIDDEN),
    "CL in hexadecimal": post(FORM + b"Content-Length: 0x5\r\n", HIDDEN),
    "CL of two numbers": post(FORM + b"Content-Length: 5 1\r\n", HIDDEN),
    "CL with a space before the colon": post(FORM + b"Content-Length : 5\r\n", HIDDEN),
    "CL that is empty": post(FORM + b"Content-Length: \r\n", SECOND),
    "CL past 64 bits": post(FORM + b"Content-Length: 18446744073709551616\r\n", HIDDEN),
    "a bare CR": get(b"X-A: b\rX-Forwarded-For: 1.1.1.1\r\n"),
    "a NUL in a value": get(b"X-A: b\0c\r\n"),
    "a folded header": get(b"X-A: b\r\n X-Forwarded-For: 1.1.1.1\r\n"),
    "a folded Host": get(host=b"Host:\r\n @HOST@\r\n"),
    "a Host with a space before the colon": get(host=b"Host : @HOST@\r\n"),
    "a space before the first header": b"GET / HTTP/1.1\r\n Host: @HOST@\r\n\r\n",
    "a space in a name": get(b"X A: b\r\n"),
    "a line without a colon": get(b"nonsense\r\n"),
    "two Hosts": get(b"Host: evil.test\r\n"),
    "two Hosts, ours last": b"GET / HTTP/1.1\r\nHost: evil.test\r\nHost: @HOST@\r\n\r\n",
    "twice our Host": get(b"Host: @HOST@\r\n"),
    "no Host": get(host=b""),
    "no Host in HTTP/1.0": b"GET / HTTP/1.0\r\n\r\n",
    "another Host": get(host=b"Host: evil.test\r\n"),
    "a Host with a path": get(host=b"Host: @HOST@/x\r\n"),
    "a Host with a name before an @": get(host=b"Host: evil.test@@HOST@\r\n"),
    "another Host for our whole address": get(target=b"http://@HOST@/", host=b"Host: evil.test\r\n"),
    "tabs between the words": b"GET\t/\tHTTP/1.1\r\nHost: @HOST@\r\n\r\n",
    "a version that is none": b"GET / HTTP/1.9\r\nHost: @HOST@\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/2 on a connection of HTTP/1": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "CONNECT": b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: @HOST@\r\n\r\n",
    "TRACE": b"TRACE / HTTP/1.1\r\nHost: @HOST@\r\n\r\n",
}
"""What gets one answer of 400 or more, and a closed connection."""
READ_ONE_WAY = {
    "a chunk's size with 0x": post(JSON + CHUNKED, b"0x2\r\n{}\r\n" + HIDDEN),
    "a chunk's size with a minus": post(JSON + CHUNKED, b"-2\r\n{}\r\n" + HIDDEN),
    "a chunk's size past 64 bits": post(JSON + CHUNKED, b"fffffffffffffffff\r\n{}\r\n" + HIDDEN),
    "a chunk that ends elsewhere": post(JSON + CHUNKED, b"2\r\n{}XX" + HIDDEN),
    "a bare LF after a chunk's size": post(JSON + CHUNKED, b"2\n{}\r\n" + HIDDEN),
    "a bare LF in a chunk's extension": post(JSON + CHUNKED, b"2;a\nb\r\n{}\r\n" + HIDDEN),
    "chunks": post(JSON + CHUNKED, b"2\r\n{}\r\n" + HIDDEN),
    "a chunk with an extension": post(JSON + CHUNKED, b"2;a=b\r\n{}\r\n" + HIDDEN),
    "a trailer": post(JSON + CHUNKED, b"2\r\n{}\r\n0\r\nHost: evil.test\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n" + SECOND),
}
"""What is read as far as it has sense, after which the connection is closed: whatever follows is not read."""
TAKEN = {
    "lines that end in a bare LF": get(b"X-A: b\r\n").replace(b"\r\n", b"\n"),
    "one line that ends in a bare LF": get(b"X-A: b\nX-Forwarded-For: 1.1.1.1\r\n"),
    "twice the same CL": post(FORM + LENGTH % 3 + LENGTH % 3, b"a=b"),
    "CL with zeros before it": post(FORM + b"Content-Length: 003\r\n", b"a=b"),
    "CL with a space after it": post(FORM + b"Content-Length: 3 \r\n", b"a=b"),
    "another's whole address": get(target=b"http://evil.test/"),
    "names with underscores": get(b"X_Forwarded_For: 1.1.1.1\r\nX_Forwarded_Host: evil.test\r\nX_Real_IP: 1.1.1.1\r\n"),
    "forwarding headers": get(
        b"X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Host: evil.test\r\nForwarded: host=evil.test\r\n"
    ),
    "an upgrade to HTTP/2": get(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
    "an empty line first": b"\r\n" + get(),
}
"""What gets one answer, as if nothing were odd, and leads nowhere else."""


@dataclass
class Exchange:
    """What came back."""

    received: bytes
    closed: bool

    @property
    def statuses(self) -> list[int]:
        """The statuses of all answers."""
        return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", self.received)]


def exchange(connection: socket.socket, sent: bytes) -> Exchange:
    """Send bytes as they are; what comes until the other side closes or is quiet."""
    received, closed = b"", False
    with connection:
        connection.settimeout(QUIET)
        try:
            connection.sendall(sent)
            while data := connection.recv(65_536):
                received += data
            closed = True
        except TimeoutError:
            pass
        except (ConnectionError, ssl.SSLError):
            closed = True
    return Exchange(received, closed)


# The shipped command by itself


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`flask serve`."""
    server = Running(tmp_path_factory.mktemp("smuggling"), "--upgrade")
    server.wait_until_up()
    try:
        yield server
    finally:
        server.end()


def to(server: Running, request: bytes) -> Exchange:
    """What the server answers to a request that names it."""
    return exchange(server.connect(), request.replace(b"@HOST@", b"127.0.0.1:%d" % server.port))


@pytest.mark.parametrize("what", list(REFUSED))
def test_the_server_refuses_and_closes(served: Running, what: str) -> None:
    answer = to(served, REFUSED[what])

    assert len(answer.statuses) <= 1  # to what is not HTTP at all, none is an answer
    assert set(answer.statuses) <= {400, 405, 411}
    assert answer.closed


@pytest.mark.parametrize("what", list(READ_ONE_WAY))
def test_the_server_reads_chunks_once_and_closes(served: Running, what: str) -> None:
    answer = to(served, READ_ONE_WAY[what])

    assert len(answer.statuses) == 1
    assert answer.statuses[0] < 500
    assert answer.closed


@pytest.mark.parametrize("what", list(TAKEN))
def test_the_server_answers_once_and_of_itself(served: Running, what: str) -> None:
    plain = to(served, get())

    answer = to(served, TAKEN[what])

    assert len(answer.statuses) == 1
    assert answer.statuses[0] < 500
    assert b"evil" not in answer.received
    if TAKEN[what].lstrip().startswith(b"GET"):
        assert body_of(answer) == body_of(plain)


def body_of(answer: Exchange) -> bytes:
    """The body of the only answer."""
    return answer.received.partition(b"\r\n\r\n")[2]


def test_what_the_documents_promise_is_what_is_tried() -> None:
    """V4.2.1's table in SECURITY.md."""
    documented = [set(row[0].split("; ")) for row in next(read(ROOT / "SECURITY.md").tables("Request")).rows]

    assert documented == [set(REFUSED), set(READ_ONE_WAY), set(TAKEN)]


def test_the_server_names_no_version(served: Running) -> None:
    """V13.4.6."""
    answer = to(served, get())

    assert re.findall(rb"^server: *(.*?)\r$", answer.received, re.M | re.I) == [b"granian"]
    assert b"powered" not in answer.received.lower()


# Behind the shipped proxies


class Strict:
    """An upstream that takes what RFC 9112 allows to send, notes what it got, and calls everything else a fault."""

    def __init__(self) -> None:
        self.requests: list[dict[str, str]] = []
        self.faults: list[bytes] = []
        self.port = free_port()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no longer."""
        self._listener.close()

    def forget(self) -> None:
        """Begin anew."""
        self.requests.clear()
        self.faults.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream, contextlib.suppress(OSError):
            while self._read(stream):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def _read(self, stream: BinaryIO) -> bool:
        """Read one request; False at the end or at a fault."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                if head:
                    self.faults.append(head)
                return False
            head += line
        first, *lines = head[:-4].split(b"\r\n")
        headers = [line.partition(b": ") for line in lines]
        names = [name.lower() for name, _, _ in headers]
        wrong = (
            not re.fullmatch(rb"[A-Z]+ /[\x21-\x7e]* HTTP/1\.[01]", first)
            or any(not re.fullmatch(rb"[A-Za-z0-9-]+: ?[\x20-\x7e\x80-\xff\t]*", line) for line in lines)
            or any(
                names.count(name) > 1 for name in (b"host", b"content-length", b"transfer-encoding", b"x-forwarded-for")
            )
            or (b"content-length" in names and b"transfer-encoding" in names)
        )
        request = {"": first.decode("latin-1")} | {
            name.decode().lower(): value.decode("latin-1") for name, _, value in headers
        }
        if wrong or request.get("transfer-encoding", "chunked") != "chunked":
            self.faults.append(head)
            return False
        self.requests.append(request)
        while "transfer-encoding" in request:
            size = stream.readline()
            if not size:
                return False  # the proxy gave up, since its client broke off
            stream.read(int(size, 16) + 2)
            if int(size, 16) == 0:
                break
        stream.read(int(request.get("content-length", "0")))
        return True


@dataclass
class Front:
    """A shipped proxy in front of the strict upstream."""

    proxy: Proxy
    upstream: Strict

    def ask(self, request: bytes) -> Exchange:
        """What the proxy answers over TLS."""
        return exchange(self.proxy.connect(), request.replace(b"@HOST@", NAME.encode()))


@pytest.fixture(scope="module", params=["nginx", "Caddy"])
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """deploy/nginx.conf and deploy/Caddyfile, with a certificate of the test's."""
    require(request.param)
    upstream = Strict()
    start = {"nginx": running_nginx, "Caddy": running_caddy}[request.param]
    with start(tmp_path_factory.mktemp(request.param.lower()), upstream.port) as proxy:
        yield Front(proxy, upstream)
    upstream.close()


@pytest.mark.parametrize("what", list(REFUSED | READ_ONE_WAY | TAKEN))
def test_the_proxy_refuses_or_writes_anew(front: Front, what: str) -> None:
    front.upstream.forget()
    sent = (REFUSED | READ_ONE_WAY | TAKEN)[what]

    answer = front.ask(sent)
    after = front.ask(get(b"X-Marker: after\r\nConnection: close\r\n", target=b"/after"))

    assert front.upstream.faults == []
    smuggled = [one for one in front.upstream.requests if "smuggled" in one[""]]
    assert len(smuggled) <= max(0, len(answer.statuses) - 1)  # a second request is one that got its own answer
    assert after.statuses == [200]
    assert front.upstream.requests[-1]["x-marker"] == "after"
    for request in front.upstream.requests:
        assert request["host"] == NAME
        assert request["x-forwarded-for"] == "127.0.0.1"
        assert "evil" not in " ".join(value for name, value in request.items() if name.startswith("x-forwarded"))
        assert not [name for name in request if "_" in name]


def test_the_tools_upstream_notices_what_no_proxy_may_send() -> None:
    upstream = Strict()
    try:
        for request in (
            REFUSED["CL.TE"],
            REFUSED["two Hosts"],
            REFUSED["a folded header"],
            TAKEN["names with underscores"],
        ):
            exchange(socket.create_connection(("127.0.0.1", upstream.port)), request)
        exchange(socket.create_connection(("127.0.0.1", upstream.port)), TAKEN["one line that ends in a bare LF"])

        assert len(upstream.faults) == 5
    finally:
        upstream.close()


def test_the_proxy_leads_to_https(front: Front) -> None:
    with socket.create_connection(("127.0.0.1", front.proxy.http_port)) as connection:
        answer = exchange(connection, b"GET /a?b=c HTTP/1.1\r\nHost: %b\r\n\r\n" % NAME.encode())

    assert answer.statuses[0] in (301, 308)
    assert f"https://{NAME}".encode() in answer.received


def test_the_proxy_names_no_version(front: Front) -> None:
    answer = front.ask(get())

    for value in re.findall(rb"^(?:server|via): *(.*?)\r$", answer.received, re.M | re.I):
        assert not re.search(rb"\d", value.replace(b"1.1 Caddy", b""))


def test_the_proxy_answers_to_no_other_name(front: Front) -> None:
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        front.upstream.forget()
        answer = exchange(front.proxy.connect("evil.test"), get(host=b"Host: evil.test\r\n"))
        assert 200 not in answer.statuses
    assert front.upstream.requests == []
