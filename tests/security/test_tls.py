"""TLS as the shipped proxies speak it (V12.1.1): 1.2 and 1.3, with forward secrecy and without CBC."""

import socket
import ssl
import warnings
from collections.abc import Iterator

import pytest

from tests.parts import require
from tests.security.proxies import NAME, Proxy, running_caddy, running_nginx


@pytest.fixture(scope="module", params=["nginx", "Caddy"])
def proxy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A shipped proxy; behind it nobody needs to be."""
    require(request.param)
    start = {"nginx": running_nginx, "Caddy": running_caddy}[request.param]
    with start(tmp_path_factory.mktemp("tls"), 1) as proxy:
        yield proxy


def agreed(proxy: Proxy, version: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> tuple[str, str] | None:
    """The version and cipher on which the proxy agrees with a client that knows only these; None if on none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the old versions are the point
        context.minimum_version = context.maximum_version = version
    context.set_ciphers(ciphers)
    with socket.create_connection(("127.0.0.1", proxy.https_port), 10) as connection:
        try:
            with context.wrap_socket(connection, server_hostname=NAME) as secured:
                name, protocol, _ = secured.cipher() or ("", "", 0)
                return protocol, name
        except (ssl.SSLError, ConnectionError):
            return None


def test_current_versions_are_spoken(proxy: Proxy) -> None:
    assert agreed(proxy, ssl.TLSVersion.TLSv1_3)
    assert agreed(proxy, ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-GCM-SHA256")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=lambda version: version.name)
def test_old_versions_are_not(proxy: Proxy, version: ssl.TLSVersion) -> None:
    assert agreed(proxy, version) is None


@pytest.mark.parametrize(
    "ciphers",
    ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA256", "AES128-SHA", "AES128-GCM-SHA256",
     "AES256-SHA256", "DHE-RSA-AES128-SHA", "aNULL", "eNULL", "PSK"],
)  # fmt: skip
def test_weak_ciphers_are_not(proxy: Proxy, ciphers: str) -> None:
    assert agreed(proxy, ssl.TLSVersion.TLSv1_2, f"{ciphers}:@SECLEVEL=0") is None
