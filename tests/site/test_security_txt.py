"""`/.well-known/security.txt` as RFC 9116 has it."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from blog import clock
from blog.site.security_txt import PATH, contact_uri, security_txt

pytestmark = pytest.mark.one_database


def fields_of(text: str) -> dict[str, str]:
    """The fields, each of which stands there once."""
    pairs = [line.split(": ", 1) for line in text.splitlines()]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_without_a_contact_there_is_none(visitor):
    assert visitor.get(PATH).status == 404


def test_it_has_what_the_standard_asks_for(visitor, make, app):
    make.settings(security_contact="holes@spare-parts.info")

    page = visitor.get(PATH)

    assert page.status == 200
    assert page.response.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = fields_of(page.html)
    assert fields["Contact"] == "mailto:holes@spare-parts.info"
    assert fields["Canonical"] == f"{app.config['BASE_URL']}{PATH}"
    assert fields["Preferred-Languages"] == "en"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=290) < expires - clock.now() < timedelta(days=365)


@pytest.mark.parametrize("day", ["2026-01-01", "2026-12-31", "2028-02-29"])
def test_it_expires_in_most_of_a_year_whatever_the_day(day):
    now = datetime.fromisoformat(day).replace(hour=23, minute=59, tzinfo=UTC)

    text = security_txt("a@spare-parts.info", ["de", "en"], "https://spare-parts.info", now=now)

    expires = datetime.fromisoformat(fields_of(text)["Expires"])
    assert timedelta(days=290) < expires - now < timedelta(days=365)
    assert "Preferred-Languages: de, en\n" in text


@pytest.mark.parametrize(
    ("contact", "uri"),
    [
        ("Ada.L+holes@spare-parts.info", "mailto:Ada.L+holes@spare-parts.info"),
        ("ü@spare-parts.info", "mailto:%C3%BC@spare-parts.info"),
        ("https://spare-parts.info/holes?a=b", "https://spare-parts.info/holes?a=b"),
    ],
)
def test_a_contact_is_a_uri(contact, uri):
    assert contact_uri(contact) == uri


@pytest.mark.parametrize(
    "contact",
    [
        "",
        "ada",
        "a@b@c",
        "http://x.info",
        "https://",
        "https:///x",
        "https://x.info/\r\nX: y",
        "https://é.info",
        "tel:1",
    ],
)
def test_what_is_no_contact_is_refused(contact):
    with pytest.raises(ValueError, match="not an"):
        contact_uri(contact)


def test_the_text_stays_the_same_for_the_month():
    def text(day: int) -> str:
        return security_txt("a@b.info", ["en"], "https://b.info", now=datetime(2026, 5, day, 12, day, tzinfo=UTC))

    assert text(1) == text(31)
    assert re.search("Expires: 2027-03-27T00:00:00Z", text(1))
