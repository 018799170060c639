"""The scoring of MDN's HTTP Observatory (v1.6.3, algorithm 6) as a pure function of what a scanner receives.

Source: github.com/mdn/mdn-http-observatory, `src/analyzer/tests` and `src/grader/charts.js`. Each row is one of its
twelve tests with what it adds or takes away; what adds counts only where taking away left at least 90. Left out are the
lists of preloaded domains and the certificate, of which a test knows nothing.
"""

from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import html5lib
from werkzeug.datastructures import Headers
from werkzeug.http import parse_cookie

HALF_A_YEAR = 15_552_000
"""Seconds that HSTS must last."""
ENOUGH_FOR_EXTRA = 90
COUNTED = range(200, 400)
"""Statuses that are scored, with 401 and 403."""

_BROAD = {"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
_PASSIVE = ("img-src", "media-src")
_HASHES = ("'sha256-", "'sha384-", "'sha512-", "'nonce-")
_PRIVATE_REFERRERS = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
_GRADES = (
    "F",
    "F",
    "F",
    "F",
    "F",
    "D-",
    "D",
    "D",
    "D+",
    "C-",
    "C",
    "C",
    "C+",
    "B-",
    "B",
    "B",
    "B+",
    "A-",
    "A",
    "A",
    "A+",
)


@dataclass(frozen=True)
class Answer:
    """One answer that the scanner got."""

    url: str
    status: int
    headers: Headers
    body: str = ""

    def header(self, name: str) -> str:
        """The first value of a header, in lower case, or an empty text."""
        return (self.headers.get(name) or "").strip().lower()


@dataclass(frozen=True)
class Scan:
    """All that the scanner asked for."""

    page: Answer
    cross_origin: Answer
    """To OPTIONS from a foreign origin."""
    cookies: list[str] = field(default_factory=list)
    """Every Set-Cookie that was received on the way to the page."""
    http_route: list[str] = field(default_factory=list)
    """The addresses that http:// led through; empty if nothing listens there."""


@dataclass(frozen=True)
class Grade:
    """The result: the score, its letter, and what each test gave."""

    score: int
    letter: str
    rows: dict[str, int]


def grade(scan: Scan) -> Grade:
    """The score of a site. Raises `ValueError` for an answer that the scanner would not score."""
    if scan.page.status not in COUNTED and scan.page.status not in (401, 403):
        raise ValueError(f"{scan.page.status} is not scored")
    rows = {
        "content-security-policy": _policy(scan.page),
        "cookies": _cookies(scan.cookies, has_hsts=_hsts(scan.page) == 0),
        "cross-origin-embedder-policy": _one_of(scan.page, "Cross-Origin-Embedder-Policy", {"require-corp", "credentialless"}),
        "cross-origin-opener-policy": _one_of(scan.page, "Cross-Origin-Opener-Policy", {"same-origin", "same-origin-allow-popups"}),
        "cross-origin-resource-policy": _one_of(scan.page, "Cross-Origin-Resource-Policy", {"same-origin", "same-site"}, neutral={"cross-origin"}),
        "cross-origin-resource-sharing": _sharing(scan.cross_origin),
        "redirection": _redirection(scan.http_route),
        "referrer-policy": _referrer(scan.page),
        "strict-transport-security": _hsts(scan.page),
        "subresource-integrity": _integrity(scan.page),
        "x-content-type-options": 0 if scan.page.header("X-Content-Type-Options") == "nosniff" else -5,
        "x-frame-options": _framing(scan.page),
    }  # fmt: skip
    uncurved = 100 + sum(value for value in rows.values() if value < 0)
    extra = sum(value for value in rows.values() if value > 0) if uncurved >= ENOUGH_FOR_EXTRA else 0
    score = max(0, uncurved + extra)
    return Grade(score, _GRADES[min(score, 100) // 5], rows)


def _directives(answer: Answer) -> dict[str, set[str]] | None:
    """The policy of an answer: of several, what all allow; None if there is none or it can't be read."""
    found: dict[str, set[str]] = {}
    for policy in answer.headers.getlist("Content-Security-Policy"):
        seen = set()
        for directive in filter(None, (part.split() for part in policy.split(";"))):
            name, sources = directive[0].lower(), {source.lower() for source in directive[1:]} or {"'none'"}
            if name in seen:
                continue
            seen.add(name)
            found[name] = found[name] & sources if name in found else sources
    return found or None


def _policy(answer: Answer) -> int:
    policy = _directives(answer)
    if policy is None:
        return -25
    default = policy.get("default-src", {"*"})
    script, style, objects = (policy.get(name, default) for name in ("script-src", "style-src", "object-src"))
    script, style = _without_overruled(script), _without_overruled(style)
    active = {source for name, sources in policy.items() if name not in (*_PASSIVE, "script-src") for source in sources}
    passive = {source for name in _PASSIVE for source in policy.get(name, default)}
    if script & (_BROAD | {"'unsafe-inline'", "data:"}) or objects & _BROAD:
        return -20
    if is_https(answer) and _insecure(active | script):
        return -20
    if "'unsafe-eval'" in script | style:
        return -10
    if is_https(answer) and _insecure(passive):
        return -10
    if style & (_BROAD | {"'unsafe-inline'", "data:"}):
        return 0
    return 10 if default == {"'none'"} else 5


def _without_overruled(sources: set[str]) -> set[str]:
    """Browsers ignore 'unsafe-inline' beside a hash or a nonce."""
    return sources - {"'unsafe-inline'"} if any(source.startswith(_HASHES) for source in sources) else sources


def _insecure(sources: set[str]) -> bool:
    return any(source.startswith(("http:", "ftp:")) for source in sources)


def is_https(answer: Answer) -> bool:
    """True if the answer came over HTTPS."""
    return urlsplit(answer.url).scheme == "https"


def _cookies(cookies: list[str], *, has_hsts: bool) -> int:
    if not cookies:
        return 0
    worst, all_same_site = 5, True
    for cookie in cookies:
        name = next(iter(parse_cookie(cookie.partition(";")[0]))).lower()
        flags = {
            part.strip().partition("=")[0].lower(): part.partition("=")[2].lower() for part in cookie.split(";")[1:]
        }
        is_session, same_site = "login" in name or "sess" in name, flags.get("samesite")
        all_same_site = all_same_site and same_site in ("lax", "strict", "none")
        found = [5]
        if same_site is not None and (
            same_site not in ("lax", "strict", "none") or (same_site == "none" and "secure" not in flags)
        ):
            found.append(-20)
        if "secure" not in flags:
            found.append((-10 if is_session else -5) if has_hsts else (-40 if is_session else -20))
        if "csrf" in name and not same_site:
            found.append(-20)
        if is_session and "httponly" not in flags:
            found.append(-30)
        worst = min(worst, *found)
    return 0 if worst == 5 and not all_same_site else worst


def _one_of(answer: Answer, name: str, good: set[str], *, neutral: set[str] | None = None) -> int:
    value = answer.header(name)
    if not value or value in (neutral or {"unsafe-none"}):
        return 0
    return 10 if value in good else -5


def _sharing(answer: Answer) -> int:
    """The foreign origin let in with its credentials."""
    allowed = answer.header("Access-Control-Allow-Origin")
    with_credentials = answer.header("Access-Control-Allow-Credentials") == "true"
    return -50 if allowed not in ("", "*") and with_credentials else 0


def _redirection(route: list[str]) -> int:
    if not route:
        return 0
    first, last = urlsplit(route[0]), urlsplit(route[-1])
    if len(route) == 1 or last.scheme != "https":
        return -20
    second = urlsplit(urljoin(route[0], route[1]))
    if second.scheme == "http":
        return -10
    return 0 if second.hostname == first.hostname else -5


def _referrer(answer: Answer) -> int:
    values = [value.strip() for value in answer.header("Referrer-Policy").split(",") if value.strip()]
    if not values:
        return 0
    return 5 if values[-1] in _PRIVATE_REFERRERS else -5


def _hsts(answer: Answer) -> int:
    value = answer.header("Strict-Transport-Security")
    ages = [part.strip()[8:] for part in value.split(";") if part.strip().startswith("max-age=")]
    if not is_https(answer) or not ages or not ages[0].isdigit() or "," in value:
        return -20
    return 0 if int(ages[0]) >= HALF_A_YEAR else -10


def _integrity(answer: Answer) -> int:
    if answer.header("Content-Type").partition(";")[0] not in ("text/html", "application/xhtml+xml"):
        return 0
    scripts = [
        element
        for element in html5lib.parse(answer.body, namespaceHTMLElements=False).iter("script")
        if element.get("src")
    ]
    host, worst, all_sealed = urlsplit(answer.url).netloc, 5, bool(scripts)
    for script in scripts:
        address = urlsplit(urljoin(answer.url, script.get("src")))
        sealed = bool(script.get("integrity"))
        all_sealed = all_sealed and sealed
        if address.netloc != host and not (sealed and address.scheme == "https"):
            worst = min(worst, -20 if sealed else -5 if address.scheme == "https" else -50)
    if worst < 0:
        return worst
    return 5 if all_sealed else 0


def _framing(answer: Answer) -> int:
    if "frame-ancestors" in (_directives(answer) or {}):
        return 5
    return 5 if answer.header("X-Frame-Options") in ("deny", "sameorigin") else -20
