"""The settings of an installation, read from the environment and checked.

Every setting is documented in README.md; a wrong one raises `SettingError`, whose text is the sentence that the
admin sees. The package `blog` never imports this module: `wsgi.py` passes the result on.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ROOT = Path(__file__).resolve().parent

_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "mysql+pymysql": "mysql+pymysql",
    "sqlite": "sqlite",
}


class SettingError(ValueError):
    """A setting that can't be used; its text is one sentence that names the setting and what would be right."""


def load(environ: Mapping[str, str], root: Path = ROOT) -> dict[str, Any]:
    """The configuration of the app from `environ`; relative paths start at `root`.

    Raises `SettingError` for the first setting that is wrong. Reads and writes no file.
    """
    instance = (root / environ.get("INSTANCE_PATH", "instance")).resolve()
    port = _whole("PORT", environ.get("PORT", "8000"), least=1, most=65535)
    host = _host(environ.get("HOST", "127.0.0.1"))
    base_url = _base_url(environ.get("BASE_URL") or f"http://127.0.0.1:{port}")
    return {
        "INSTANCE_PATH": str(instance),
        "SECRET_KEY": _secret_key(environ.get("SECRET_KEY")),
        "HOST": host,
        "PORT": port,
        "WORKERS": _whole("WORKERS", environ.get("WORKERS", "1"), least=1, most=64),
        "BASE_URL": base_url,
        "TRUSTED_HOSTS": _each("TRUSTED_HOSTS", environ.get("TRUSTED_HOSTS", ""), _host_and_port),
        "TRUSTED_PROXIES": _each("TRUSTED_PROXIES", environ.get("TRUSTED_PROXIES", ""), _network),
        "MAX_BODY_BYTES": _whole("MAX_BODY_MB", environ.get("MAX_BODY_MB", "20"), least=1, most=1024) * 2**20,
        "MEDIA_URL": _media_url(environ.get("MEDIA_URL")),
        "MEDIA_QUOTA_BYTES": _whole("MEDIA_QUOTA_MB", environ.get("MEDIA_QUOTA_MB", "1024"), least=0, most=2**24)
        * 2**20,
        "PASSWORD_MIN_LENGTH": _whole(
            "PASSWORD_MIN_LENGTH", environ.get("PASSWORD_MIN_LENGTH", "12"), least=8, most=64
        ),
        "LOG_FORMAT": _one_of("LOG_FORMAT", environ.get("LOG_FORMAT"), ("json", "text")),
        "REDIS_URL": _redis_url(environ.get("REDIS_URL")),
        "AUDIT_DAYS": _whole("AUDIT_DAYS", environ.get("AUDIT_DAYS", "365"), least=30, most=3650),
        "SMTP_URL": _smtp_url(environ.get("SMTP_URL")),
        "MAIL_FROM": _mail_from(environ.get("MAIL_FROM"), base_url),
        "SQLALCHEMY_DATABASE_URI": _database_url(environ.get("DATABASE_URL"), instance),
    }


def _database_url(value: str | None, instance: Path) -> str:
    if not value:
        return f"sqlite:///{instance / 'blog.db'}"
    scheme, separator, rest = value.partition("://")
    if not separator or scheme not in _DRIVERS:
        raise SettingError(
            "DATABASE_URL must start with sqlite:///, postgresql:// or mysql://, "
            f"not with {(scheme if separator else value)[:20]!r}."
        )
    if scheme == "sqlite":
        if not rest.startswith("/") or rest in ("/", "/:memory:"):
            raise SettingError("DATABASE_URL must name a file, as in sqlite:////var/lib/blog/blog.db.")
        return value
    if scheme.startswith(("mysql", "mariadb")) and "charset=" not in rest:
        rest += ("&" if "?" in rest else "?") + "charset=utf8mb4"
    return f"{_DRIVERS[scheme]}://{rest}"


def _one_of(name: str, value: str | None, choices: tuple[str, ...]) -> str | None:
    if value and value not in choices:
        raise SettingError(f"{name} must be {' or '.join(choices)}, not {value[:20]!r}.")
    return value or None


def _redis_url(value: str | None) -> str | None:
    if value and (not value.startswith(("redis://", "rediss://", "unix://")) or value.endswith("://")):
        raise SettingError(
            f"REDIS_URL must start with redis://, rediss:// or unix://, not with {value.partition('://')[0][:20]!r}."
        )
    return value or None


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    try:
        right = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        right = False
    if not right or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise SettingError(
            f"BASE_URL must be the blog's address without a path, as in https://blog.example.org, not {value!r}."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _smtp_url(value: str | None) -> str | None:
    """The mail server's URL; what is wrong with it is said without its password."""
    if not value:
        return None
    try:
        parts = urlsplit(value)
        right = parts.scheme in ("smtp", "smtps") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        right = False
    if not right or parts.path.strip("/") or parts.fragment or parts.query not in ("", "starttls=no"):
        raise SettingError(
            "SMTP_URL must be like smtp://user:password@mail.example.org:587 or smtps://user:password@mail.example.org."
        )
    if parts.username and parts.query and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise SettingError("SMTP_URL has a password and starttls=no: it would go over the network for all to read.")
    return value


def _media_url(value: str | None) -> str | None:
    """The bucket of the pictures; what is wrong with it is said without its secret."""
    if not value:
        return None
    wrong = SettingError(
        "MEDIA_URL must be like s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-1, "
        "with KEY:SECRET@ before the bucket if need be."
    )
    try:
        parts = urlsplit(value)
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        endpoint = urlsplit(options.get("endpoint", "https://s3"))
        right = parts.scheme == "s3" and parts.port is None and bool(endpoint.hostname)
    except ValueError:
        raise wrong from None
    if not right or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,62}", parts.hostname or "") or parts.fragment:
        raise wrong
    if not re.fullmatch(r"(/[\w.-]+)*/?", parts.path, re.ASCII) or ".." in parts.path.split("/"):
        raise wrong
    if set(options) - {"endpoint", "region"} or endpoint.scheme not in ("http", "https") or endpoint.path.strip("/"):
        raise wrong
    if bool(parts.username) != bool(parts.password):
        raise wrong
    return value


def _mail_from(value: str | None, base_url: str) -> str:
    if value and not re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}", value, re.ASCII):
        raise SettingError(f"MAIL_FROM must be an address alone, as in noreply@blog.example.org, not {value!r}.")
    return value or f"noreply@{_mail_host(base_url)}"


def _mail_host(base_url: str) -> str:
    """The host of BASE_URL as it may stand behind an @."""
    host = urlsplit(base_url).hostname or ""
    try:
        return "localhost" if ":" in host or host.replace(".", "").isdigit() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return "localhost"


def _secret_key(value: str | None) -> str | None:
    if value is not None and len(value) < 32:
        raise SettingError("SECRET_KEY must have at least 32 characters; leave it unset to have one made.")
    return value


def _whole(name: str, value: str, *, least: int, most: int) -> int:
    try:
        number = int(value)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise SettingError(f"{name} must be a whole number from {least} to {most}, not {value!r}.")
    return number


def _each(name: str, value: str, parse: Callable[[str], str]) -> list[str]:
    """The comma-separated parts of `value`, each through `parse`; an error names the setting."""
    try:
        return [parse(part.strip()) for part in value.split(",") if part.strip()]
    except ValueError as error:
        raise SettingError(f"{name}: {error}") from error


def _host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._:\[\]-]{1,255}", value):
        raise SettingError(f"{value!r} is not a host name or address.")
    return value.lower()


def _host_and_port(value: str) -> str:
    host = _host(value)
    try:
        _ = urlsplit(f"//[{host}]" if host.count(":") > 1 and "[" not in host else f"//{host}").port
    except ValueError:
        raise SettingError(f"{value!r} is not a host name or address.") from None
    return host


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value, strict=False))
    except ValueError:
        raise SettingError(f"{value!r} is not an address or network such as 10.0.0.0/8.") from None
