"""Files that are not what they say, and forms that are not what forms are: classes 63, 67 and 68 of the attacks.

What a picture may hold and cost (64 to 66) is tested in `tests/media`, on the function that reads it; here files arrive
as browsers and others send them, through the form.
"""

import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from blog.db import db
from blog.media.models import Media
from tests.browser_like import Browser, Page
from tests.rules.test_access import csrf_token

pytestmark = pytest.mark.one_database

MARK = b"<script>alert('smuggled')</script>"
NAMES = [
    "../../../etc/cron.d/x.png", "..\\..\\x.png", "/etc/passwd", "C:\\x.png", "x.png\x00.html", "x.php.png", "x.html", ".htaccess",
    "con.png", "aux", "x\u202egnp.exe", "a" * 300 + ".png", "\uff0e\uff0e/x.png", "é.png", "e\u0301.png", "x.png\r\nX-Injected: 1",
    "<img src=x onerror=alert(1)>.png", "{{7*7}}.png", "$(id).png", "-rf.png", " .png", ".", "..", "",
]  # fmt: skip


def picture(form: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").convert("P" if form == "GIF" else "RGB").save(file, form, **options)
    return file.getvalue()


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("index.html", MARK)
    return file.getvalue()


POLYGLOTS: dict[str, Callable[[], bytes]] = {
    "a GIF that is a script": lambda: b"GIF89a/*" + picture("GIF")[8:] + b"*/=1;" + MARK,
    "a JPEG with a page behind it": lambda: picture("JPEG") + MARK,
    "a JPEG with a page in its comment": lambda: picture("JPEG", comment=MARK),
    "a PNG with an archive behind it": lambda: picture("PNG") + zipped() + MARK,
    "a WebP with a page behind it": lambda: picture("WEBP") + MARK,
    "a PDF": lambda: b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj" + MARK,
    "a PDF before a JPEG": lambda: b"%PDF-1.7\n" + MARK + picture("JPEG"),
    "a page": lambda: b"<!doctype html>" + MARK,
    "a page with the first bytes of a PNG": lambda: b"\x89PNG\r\n\x1a\n" + MARK,
    "a drawing with a script": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + MARK + b"</svg>",
    "a drawing with foreign parts": lambda: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><foreignObject>' + MARK + b"</foreignObject></svg>",
    "a drawing in UTF-16": lambda: ('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>' + MARK.decode()).encode("utf-16"),
    "a program": lambda: b"\x7fELF\x02\x01\x01" + MARK,
    "a script of PHP": lambda: b"<?php system($_GET['x']); ?>" + MARK,
    "a bitmap": lambda: picture("BMP") + MARK,
    "a TIFF": lambda: picture("TIFF") + MARK,
    "an icon": lambda: picture("ICO") + MARK,
    "a picture in PostScript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (r) file\n" + MARK,
    "an archive": lambda: zipped() + MARK,
    "a text": lambda: MARK,
}  # fmt: skip


@pytest.fixture
def member(app, make) -> Browser:
    return Browser(app).sign_in(make.user())


def send(browser: Browser, sent: bytes, name: str = "x.png", media_type: str = "image/png") -> Page:
    browser.get("/account/")
    return browser.submit("/account/", follow=False, picture=(io.BytesIO(sent), name, media_type))


def kept(app) -> list[tuple[str, bytes]]:
    """The name and the content of every file below the instance folder's media."""
    folder = Path(app.config["INSTANCE_PATH"]) / "media"
    return [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", POLYGLOTS)
@pytest.mark.parametrize("called", [("x.png", "image/png"), ("x.html", "text/html"), ("x.svg", "image/svg+xml")])
def test_what_is_two_things_at_once_becomes_one_or_nothing(app, visitor, member, name, called):
    sent = POLYGLOTS[name]()

    page = send(member, sent, *called)

    assert page.status in (303, 422)
    assert (page.status == 303) == bool(kept(app))
    for file, content in kept(app):
        assert b"smuggled" not in content
        assert content != sent
        assert re.fullmatch(r"[0-9a-f/]+\.(jpg|png|gif|webp|avif)", file)
        assert visitor.get(f"/media/{file}").response.mimetype.startswith("image/")


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_is_ours(app, make, member, name):
    send(member, picture("PNG"), name)

    assert all(re.fullmatch(r"[0-9a-f/]+\.png", file) for file, _ in kept(app))
    rows = make.read(lambda: db.session.execute(select(Media.name, Media.original_name)).all())
    for public, original in rows:
        assert re.fullmatch(r"[0-9a-f/]+\.png", public)
        assert original.isprintable()
        assert not set(original) & set("/\\\r\n\x00")
    assert not list(Path(app.config["INSTANCE_PATH"]).parent.rglob("*cron*"))


def multipart(parts: list[bytes], boundary: bytes = b"b") -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


def field(name: bytes, value: bytes = b"x") -> bytes:
    return b'Content-Disposition: form-data; name="' + name + b'"\r\n\r\n' + value


BODIES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "ten thousand and one parts": ("multipart/form-data; boundary=b", lambda: multipart([field(b"a")] * 10_001)),
    "a hundred thousand parts": ("multipart/form-data; boundary=b", lambda: multipart([field(b"a", b"")] * 100_000)),
    "ten thousand files": ("multipart/form-data; boundary=b", lambda: multipart(
        [b'Content-Disposition: form-data; name="f"; filename="x"\r\n\r\nx'] * 10_001)),
    "a hundred thousand fields": ("application/x-www-form-urlencoded", lambda: b"a=b&" * 100_000),
    "a million separators": ("application/x-www-form-urlencoded", lambda: b"&" * 1_000_000),
    "no boundary": ("multipart/form-data", lambda: multipart([field(b"a")])),
    "an empty boundary": ("multipart/form-data; boundary=", lambda: multipart([field(b"a")])),
    "a boundary of a megabyte": (f"multipart/form-data; boundary={'b' * 2**20}", lambda: multipart([field(b"a")], b"b" * 2**20)),
    "a boundary of two thousand": (f"multipart/form-data; boundary={'b' * 2000}", lambda: multipart([field(b"a")], b"b" * 2000)),
    "another boundary": ("multipart/form-data; boundary=c", lambda: multipart([field(b"a")] * 1000)),
    "an odd boundary": ('multipart/form-data; boundary="\\\x01(.*)+$"', lambda: b"--\\\x01(.*)+$\r\n" * 10_000),
    "a header of a megabyte": ("multipart/form-data; boundary=b", lambda: multipart([b"X: " + b"x" * 2**20 + b"\r\n\r\nx"])),
    "many headers": ("multipart/form-data; boundary=b", lambda: multipart([b"X: y\r\n" * 100_000 + b"\r\nx"])),
    "no end": ("multipart/form-data; boundary=b", lambda: multipart([field(b"a")])[:-9]),
    "line ends and nothing else": ("multipart/form-data; boundary=b", lambda: b"\r\n" * 1_000_000),
    "carriage returns and nothing else": ("multipart/form-data; boundary=b", lambda: b"--b\r\n" + field(b"a", b"\r" * 2_000_000)),
    "nested": ("multipart/form-data; boundary=b", lambda: multipart(
        [b'Content-Disposition: form-data; name="a"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n' + multipart([field(b"x")], b"c")] * 500)),
    "an unknown charset": ("multipart/form-data; boundary=b", lambda: multipart(
        [b'Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+ADw-'] * 100)),
    "a charset that is none": ("application/x-www-form-urlencoded; charset=zlib_codec", lambda: b"login=x"),
    "a name in base 64 and percent signs": ("multipart/form-data; boundary=b", lambda: multipart(
        [b"Content-Disposition: form-data; name*=utf-16''%ff%fe%00%d8; filename*=x''%ff\r\n\r\nx"] * 100)),
    "bytes that are no text": ("application/x-www-form-urlencoded", lambda: b"login=%ff%fe%c0%ae\xff&password=%ed%a0%80"),
    "a transfer encoding of the part": ("multipart/form-data; boundary=b", lambda: multipart(
        [b'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!'])),
    "a length of the part": ("multipart/form-data; boundary=b", lambda: multipart(
        [b'Content-Disposition: form-data; name="a"\r\nContent-Length: -5\r\n\r\nx'])),
}  # fmt: skip


READABLE = {
    "nested", "an unknown charset", "a charset that is none", "a name in base 64 and percent signs",
    "a transfer encoding of the part", "a length of the part",
}  # fmt: skip
"""Forms all the same: their fields are none of ours."""


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", ["/account/", "/login"])
def test_a_form_that_is_none_is_refused_at_once(app, member, path, name):
    media_type, make_body = BODIES[name]
    browser = member if path == "/account/" else Browser(app)
    body, headers = make_body(), {"Sec-Fetch-Site": "same-origin", "X-CSRFToken": csrf_token(member) or ""}
    began = time.process_time()

    response = browser.client.post(path, base_url=browser.base_url, data=body, content_type=media_type, headers=headers)

    assert response.status_code in ((303, 422) if name in READABLE else (400, 413, 431))
    assert time.process_time() - began < 1
    assert not kept(app)
