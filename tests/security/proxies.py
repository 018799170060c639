"""The shipped proxies as a user runs them, with other ports and a certificate of the test's own."""

import contextlib
import datetime as dt
import os
import pwd
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.cli.test_serve import free_port

ROOT = Path(__file__).resolve().parents[2]
NAME = "blog.example.org"
START_SECONDS = 15


@dataclass
class Proxy:
    """A running proxy."""

    https_port: int
    http_port: int

    def connect(self, name: str = NAME) -> ssl.SSLSocket:
        """A connection to it over TLS, by the blog's name."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.https_port), 10), server_hostname=name)


@contextlib.contextmanager
def running_nginx(folder: Path, upstream: int) -> Iterator[Proxy]:
    """nginx with deploy/nginx.conf in front of a port of this machine."""
    proxy = Proxy(free_port(), free_port())
    key, certificate = _certificate(folder)
    sample = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    sample = re.sub(r"^\s*listen \[::\].*\n", "", sample, flags=re.M)
    sample = re.sub(r"listen 80\b", f"listen 127.0.0.1:{proxy.http_port}", sample)
    sample = re.sub(r"listen 443\b", f"listen 127.0.0.1:{proxy.https_port}", sample)
    sample = re.sub(r"/etc/letsencrypt/\S+/fullchain.pem", str(certificate), sample)
    sample = re.sub(r"/etc/letsencrypt/\S+/privkey.pem", str(key), sample)
    sample = sample.replace("server 127.0.0.1:8000;", f"server 127.0.0.1:{upstream};")
    assert f"127.0.0.1:{upstream}" in sample
    assert str(key) in sample
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = f"user {pwd.getpwuid(os.geteuid()).pw_name};\n" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{sample}\n}}\n",
        encoding="utf-8",
    )
    with _running(["nginx", "-p", str(folder), "-c", str(config)], folder, proxy):
        yield proxy


@contextlib.contextmanager
def running_caddy(folder: Path, upstream: int) -> Iterator[Proxy]:
    """Caddy with deploy/Caddyfile in front of a port of this machine."""
    proxy = Proxy(free_port(), free_port())
    key, certificate = _certificate(folder)
    sample = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    sample = re.sub(
        r"^\{\n",
        f"{{\n\tadmin off\n\thttp_port {proxy.http_port}\n\thttps_port {proxy.https_port}\n\tdefault_bind 127.0.0.1\n",
        sample,
        count=1,
        flags=re.M,
    )
    sample = sample.replace(f"{NAME} {{", f"{NAME} {{\n\ttls {certificate} {key}", 1)
    sample = sample.replace("reverse_proxy 127.0.0.1:8000", f"reverse_proxy 127.0.0.1:{upstream}")
    assert f"127.0.0.1:{upstream}" in sample
    assert str(key) in sample
    config = folder / "Caddyfile"
    config.write_text(sample, encoding="utf-8")
    with _running(["caddy", "run", "--config", str(config), "--adapter", "caddyfile"], folder, proxy):
        yield proxy


@contextlib.contextmanager
def _running(command: list[str], folder: Path, proxy: Proxy) -> Iterator[None]:
    environ = {"PATH": f"{os.environ['PATH']}:/usr/sbin", "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environ, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                proxy.connect().close()
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"it did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """The files of a key and of a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file
