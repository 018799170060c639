"""Settings with which a blog should not be on the internet."""

import ipaddress
import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from blog.auth.passwords import is_guessable
from blog.cli.check.finding import Finding, error, warning
from blog.web.guard.peers import is_loopback
from blog.web.security import SESSION_COOKIE

FEWEST_CHARACTERS_OF_A_KEY = 12
"""Different ones: a random key of 32 characters has more in any alphabet but that of digits."""
WIDEST_NETWORK = 8
"""Bits of the shortest prefix of a public network that a proxy may have; the widest of the large ones have 12."""

_SAMPLES = ("example.org", "example.com", "example.net", "example", "invalid", "test")


def findings(settings: Mapping[str, Any], *, debug: bool) -> Iterator[Finding]:
    """Everything that is wrong with `settings`, the configuration of the app."""
    if debug:
        yield error(
            "Flask's debugger is on: whoever meets an error can run code here.",
            "Unset FLASK_DEBUG, and serve with `flask serve`.",
        )
    yield from _secret_key(settings)
    yield from _address(settings)
    yield from _cookies(settings)
    yield from _hosts(settings)
    yield from _proxies(settings)
    yield from _mail(settings)
    yield from _workers(settings)


def is_on_sqlite(settings: Mapping[str, Any]) -> bool:
    """True if the database is a file."""
    return str(settings["SQLALCHEMY_DATABASE_URI"]).startswith("sqlite")


def _secret_key(settings: Mapping[str, Any]) -> Iterator[Finding]:
    key = settings.get("SECRET_KEY") or ""
    if not settings["SECRET_KEY_IS_SET"]:
        if not is_on_sqlite(settings):
            yield warning(
                "SECRET_KEY is not set: beside a database server each machine would make a key of its own.",
                "Set it to the same 32 random characters or more on all of them.",
            )
    elif len(set(key)) < FEWEST_CHARACTERS_OF_A_KEY or is_guessable(key, known=["secret", "blog"]):
        yield error(
            "SECRET_KEY can be guessed: it is common, repeats itself, or has few different characters.",
            "Take what `openssl rand -base64 48` prints; on one machine, leave it out and one is made.",
        )


def _address(settings: Mapping[str, Any]) -> Iterator[Finding]:
    url = settings["BASE_URL"]
    host = urlsplit(url).hostname or ""
    if is_loopback(url):
        yield error(
            f"BASE_URL is {url}, this machine's own: links in feeds and mails would lead nowhere.",
            "Set it to the address that readers use, as in https://blog.example.org.",
        )
    elif host.endswith(tuple(f".{sample}" for sample in _SAMPLES)) or host in _SAMPLES:
        yield error(f"BASE_URL is {url}, an address of the documents.", "Set it to the address that readers use.")
    if not url.startswith("https://"):
        yield error(
            f"BASE_URL is {url}, without HTTPS: passwords and sessions can be read on the way.",
            "Put a proxy with a certificate in front, and begin BASE_URL with https.",
        )


def _cookies(settings: Mapping[str, Any]) -> Iterator[Finding]:
    names = (settings[SESSION_COOKIE], settings["SESSION_COOKIE_NAME"])
    is_safe = (
        settings["SESSION_COOKIE_SECURE"]
        and settings["SESSION_COOKIE_HTTPONLY"]
        and settings["SESSION_COOKIE_SAMESITE"] in ("Lax", "Strict")
        and all(name.startswith("__Host-") for name in names)
    )
    if not is_safe:
        yield error(
            "Cookies are not bound to HTTPS and this host (Secure, HttpOnly, SameSite, names with __Host-).",
            "They are with a BASE_URL that begins with https.",
        )


def _hosts(settings: Mapping[str, Any]) -> Iterator[Finding]:
    for host in settings["TRUSTED_HOSTS"]:
        name = urlsplit(f"//{host}").hostname or host
        if "*" in host or host.startswith("."):
            yield error(f"TRUSTED_HOSTS has {host}, and wildcards mean nothing there.", "Name each host.")
        elif name == "localhost" or _is_address(name):
            yield warning(
                f"TRUSTED_HOSTS has {host}, by which whoever only scans addresses gets an answer.",
                "Name hosts only; probes of /healthz need no entry.",
            )


def _proxies(settings: Mapping[str, Any]) -> Iterator[Finding]:
    if not settings["TRUSTED_PROXIES"]:
        yield error(
            "TRUSTED_PROXIES is not set: behind the proxy that speaks HTTPS all readers have its address, and limits "
            "by address hit all of them together.",
            "Set it to that proxy's address, as in 127.0.0.1,::1.",
        )
    for text in settings["TRUSTED_PROXIES"]:
        network = ipaddress.ip_network(text)
        if network.prefixlen < WIDEST_NETWORK and not network.is_private:
            yield error(
                f"TRUSTED_PROXIES has {text}, in which anybody is: they choose the address that limits and logs see.",
                "Name the proxy's own address or network.",
            )


def _mail(settings: Mapping[str, Any]) -> Iterator[Finding]:
    if not settings["SMTP_URL"]:
        yield warning(
            "SMTP_URL is not set: no mail is sent, so nobody hears that their account was changed.",
            "Set it to a mail server; docs/mail.md says how.",
        )
        return
    server = urlsplit(settings["SMTP_URL"])
    if server.query == "starttls=no" and server.hostname not in ("localhost", "127.0.0.1", "::1"):
        yield error(
            f"Mail goes to {server.hostname} without TLS: the links in it can be read on the way.",
            "Take starttls=no out of SMTP_URL.",
        )


def _workers(settings: Mapping[str, Any]) -> Iterator[Finding]:
    processors = os.cpu_count() or 1
    if is_on_sqlite(settings) and settings["WORKERS"] > processors:
        yield warning(
            f"WORKERS is {settings['WORKERS']} on {processors} processors: SQLite lets one of them write at a time.",
            f"Set it to {processors} or fewer.",
        )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
