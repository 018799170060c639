"""`/.well-known/security.txt` (RFC 9116): whom to tell about a hole in the blog."""

import re
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from email_validator import EmailNotValidError, validate_email
from flask import Blueprint, Flask, Response, abort

from blog import clock
from blog.site.current import current_site, site_url

PATH = "/.well-known/security.txt"
GOOD_FOR = timedelta(days=330)
"""From the beginning of the month, so that the text changes once a month; RFC 9116, 2.5.5: less than a year."""

_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")

blueprint = Blueprint("site", __name__)


def init_app(app: Flask) -> None:
    """Register the address."""
    app.register_blueprint(blueprint)


@blueprint.get(PATH)
def show_security_txt() -> Response:
    """The contact that the admin gave, or a 404 while there is none."""
    site = current_site()
    if not site.security_contact:
        abort(404)

    languages = [site.language.replace("_", "-")]
    text = security_txt(site.security_contact, languages, site_url(), now=clock.now())
    return Response(text, mimetype="text/plain")


def security_txt(contact: str, languages: list[str], base_url: str, *, now: datetime) -> str:
    """The file of a blog at `base_url` whose `contact` is an e-mail address or a page's."""
    expires = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + GOOD_FOR
    fields = {
        "Contact": contact_uri(contact),
        "Expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages": ", ".join(dict.fromkeys([*languages, "en"])),
        "Canonical": f"{base_url}{PATH}",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def contact_uri(contact: str) -> str:
    """`contact` as a URI: an e-mail address as `mailto:`, an https address as it is. Raises `ValueError` for others."""
    if contact.lower().startswith("https://"):
        if not _VISIBLE_ASCII.fullmatch(contact) or not urlsplit(contact).hostname:
            raise ValueError("not an address of a page")
        return contact
    try:
        email = validate_email(contact, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError("not an e-mail address") from error
    return f"mailto:{quote(email, safe='@+')}"
