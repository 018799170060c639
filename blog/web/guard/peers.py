"""Who asks, and for which host: what a proxy says is believed only if we were told to trust that proxy."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit
from wsgiref.types import WSGIEnvironment

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Beside X-Forwarded-*, the headers in which software looks for what a proxy received. None gets past the guard.
_RELAYED = frozenset(
    {
        "HTTP_FORWARDED",
        "HTTP_X_CLIENT_IP",
        "HTTP_X_HOST",
        "HTTP_X_HTTP_METHOD_OVERRIDE",
        "HTTP_X_ORIGINAL_HOST",
        "HTTP_X_ORIGINAL_URL",
        "HTTP_X_REAL_IP",
        "HTTP_X_REWRITE_URL",
    }
)


def known_hosts(base_url: str, trusted_hosts: Iterable[str]) -> frozenset[str]:
    """Every value of the Host header that means us, in lower case.

    Those are BASE_URL's host and the trusted ones, with BASE_URL's port or the one that they name; on this machine's
    own address its other names too.
    """
    parts = urlsplit(base_url)
    default = _DEFAULT_PORTS[parts.scheme]
    names = {parts.netloc.lower(), *(_bracketed(host.lower()) for host in trusted_hosts)}
    if is_loopback(base_url):
        names.update(f"{name}:{parts.port}" if parts.port else name for name in LOOPBACK)
    hosts = set()
    for name in names:
        host, port = urlsplit(f"//{name}").hostname or "", urlsplit(f"//{name}").port
        host = _bracketed(host)
        port = port or parts.port or default
        hosts.add(f"{host}:{port}")
        if port == default or name == host:
            hosts.add(host)
    return frozenset(hosts)


def is_loopback(base_url: str) -> bool:
    """True if the blog's address is this machine's own, as it is until BASE_URL is set."""
    return _bracketed(urlsplit(base_url).hostname or "") in LOOPBACK


def network_of(address: str) -> str:
    """The network that counts as one visitor: the address itself in IPv4, its /64 in IPv6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((ip, 64 if ip.version == 6 else 32), strict=False))


def settle_peer(environ: WSGIEnvironment, headers: Iterable[str], trusted: tuple[Network, ...]) -> None:
    """Put the client's address, scheme and host into `environ` as the outermost trusted proxy saw them.

    The right-most address of X-Forwarded-For that is not a trusted proxy is the client: everything left of it is the
    client's own word. From others than trusted proxies such headers mean nothing; either way they go no further.
    `headers` are the names in `environ` that are headers.
    """
    peer_address = environ.get("REMOTE_ADDR", "")
    peer = _address(peer_address) if trusted or ":" in peer_address else None
    if peer is not None:
        if _is_in(peer, trusted):
            peer = _client(environ.get("HTTP_X_FORWARDED_FOR", ""), peer, trusted)
            scheme = _last(environ.get("HTTP_X_FORWARDED_PROTO", "")).lower()
            if scheme in _DEFAULT_PORTS:
                environ["wsgi.url_scheme"] = scheme
            if host := _last(environ.get("HTTP_X_FORWARDED_HOST", "")):
                environ["HTTP_HOST"] = host
        environ["REMOTE_ADDR"] = str(peer)
    for name in headers:
        if name in _RELAYED or name.startswith("HTTP_X_FORWARDED_"):
            del environ[name]


def _client(forwarded: str, peer: Address, trusted: tuple[Network, ...]) -> Address:
    for text in reversed(forwarded.split(",")):
        address = _address(text)
        if address is None:
            return peer
        peer = address
        if not _is_in(peer, trusted):
            return peer
    return peer


def _is_in(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)


def _address(text: str) -> Address | None:
    """The IP address in `text`, with or without a port; IPv4 within IPv6 as IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _last(values: str) -> str:
    return values.rpartition(",")[2].strip()


def _bracketed(host: str) -> str:
    """An IPv6 address in the brackets that it has in a Host header; anything else as it is."""
    return f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host
