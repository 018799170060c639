"""The media folder, its rows, and pictures over HTTP."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from blog.auth.models import User
from blog.db import db, transaction
from blog.media import operations, queries
from blog.media.current import media_folder
from blog.media.forms import REFUSALS, read_upload
from blog.media.models import Media
from blog.media.pictures import PictureRefused, Refusal, read_picture
from blog.media.storage import MediaFolder
from tests.browser_like import Browser
from tests.factories import Factory
from tests.together import at_once

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def sent(colour: str = "teal", form: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, form)
    return content.getvalue()


def store(app: Flask, content: bytes, **options: object) -> Media:
    with app.app_context(), transaction():
        media = operations.store_picture(content, folder=media_folder(), uploader=None, now=NOW, **options)  # type: ignore[arg-type]
        db.session.flush()
        db.session.expunge(media)
        return media


def test_a_picture_is_on_the_disk_whole_under_a_name_made_of_it(tmp_path: Path) -> None:
    folder, picture = MediaFolder(tmp_path / "media"), read_picture(sent())

    folder.keep(picture)
    folder.keep(picture)

    path = folder.path_of(picture.name)
    assert path is not None
    assert path.read_bytes() == picture.content
    assert list(folder.names()) == [picture.name]
    assert [file for file in (tmp_path / "media").rglob("*") if file.is_file()] == [path], "no temporary file is left"


def test_a_file_that_was_cut_short_is_written_again(tmp_path: Path) -> None:
    folder, picture = MediaFolder(tmp_path), read_picture(sent())
    folder.keep(picture)
    path = tmp_path / picture.name
    path.write_bytes(picture.content[:10])

    folder.keep(picture)

    assert path.read_bytes() == picture.content


def test_a_disk_that_refuses_leaves_nothing_behind(tmp_path: Path) -> None:
    picture = read_picture(sent())
    (tmp_path / picture.name[:2]).write_text("a file where the folder belongs")

    with pytest.raises(OSError, match=r"exists|Not a directory"):
        MediaFolder(tmp_path).keep(picture)

    assert [path.name for path in tmp_path.iterdir()] == [picture.name[:2]]


@pytest.mark.parametrize(
    "name",
    ["../x.png", "ab/../../x.png", "ab/" + "c" * 30 + ".html", "AB/" + "c" * 30 + ".png", "/etc/passwd", "", "ab\0/x",
     "ab/" + "c" * 30 + ".png\n", "ab/" + "c" * 29 + ".png"],
)  # fmt: skip
def test_no_other_name_has_a_place(tmp_path: Path, name: str) -> None:
    assert MediaFolder(tmp_path).path_of(name) is None


def test_the_same_picture_is_kept_once(app: Flask) -> None:
    first = store(app, sent(), alt="One", original_name="C:\\pictures\\o\u202ene.png")
    again = store(app, sent(), alt="Two")
    other = store(app, sent("plum"))

    assert (first.id, again.alt) == (again.id, "One")
    assert first.original_name == "one.png"
    assert other.id != first.id
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Media)) == 2
        assert sorted(media_folder().names()) == sorted([first.name, other.name])
        stored = {file.name: file for file in queries.stored_files()}
    assert stored[first.name].digest.startswith(first.name.replace("/", "").partition(".")[0])


def test_two_who_send_one_picture_at_once_get_one_row(app: Flask) -> None:
    picture = read_picture(sent())

    def add(_number: int) -> int:
        with app.app_context(), transaction():
            media_folder().keep(picture)
            return operations.add_media(picture, uploader=None, now=NOW).id

    ids = at_once(2, add)

    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_picture_outlives_the_account_that_sent_it(app: Flask, make: Factory) -> None:
    user = make.user("author")
    media = store(app, sent())

    def give_and_delete() -> None:
        row = db.session.get_one(Media, media.id)
        row.uploader_id = user.id
        db.session.flush()
        db.session.delete(db.session.get_one(User, user.id))

    make.act(give_and_delete)

    fresh = make.fresh(media)
    assert fresh is not None
    assert fresh.uploader_id is None


def test_the_renderer_is_told_the_size_of_our_pictures_only(app: Flask) -> None:
    media = store(app, sent())

    with app.app_context():
        for address in (media.url, media.url + "?x=1#y"):
            found = queries.shown_at(address)
            assert found is not None
            assert (found.width, found.height) == (40, 30)
        assert queries.shown_at("/media/ab/none.png") is None
        assert queries.shown_at("/elsewhere/x.png") is None


def test_a_picture_is_served_sealed_and_for_good(app: Flask, visitor: Browser) -> None:
    media = store(app, sent())

    page = visitor.get(media.url)

    headers = page.response.headers
    assert page.status == 200
    assert page.response.data == media_folder_bytes(app, media.name)
    assert headers["Content-Type"] == "image/png"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "immutable" in headers["Cache-Control"]
    assert "public" in headers["Cache-Control"]
    assert "max-age=31536000" in headers["Cache-Control"]
    assert "Set-Cookie" not in headers
    again = visitor.get(media.url, headers={"If-None-Match": headers["ETag"]})
    assert again.status == 304
    head = visitor.client.head(media.url, base_url=visitor.base_url)
    assert (head.status_code, head.data, head.content_length) == (200, b"", media.byte_size)


def media_folder_bytes(app: Flask, name: str) -> bytes:
    with app.app_context():
        path = media_folder().path_of(name)
        assert path is not None
        return path.read_bytes()


def test_an_svg_is_served_without_scripts_and_as_a_download(app: Flask, visitor: Browser) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><style>a{}</style><script>alert(1)</script></svg>'
    media = store(app, svg, allow_svg=True)

    headers = visitor.get(media.url).response.headers

    assert headers["Content-Type"].startswith("image/svg+xml")
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    assert headers["Content-Disposition"].startswith("attachment")


def test_what_is_not_among_the_media_is_not_found(app: Flask, visitor: Browser) -> None:
    media = store(app, sent())
    stray = read_picture(sent("red"))
    with app.app_context():
        media_folder().keep(stray)
        path = media_folder().path_of(media.name)
        assert path is not None
        path.unlink()

    assert visitor.get(f"/media/{stray.name}").status == 404, "a file without a row"
    assert visitor.get(media.url).status == 404, "a row without a file"
    for address in ("/media/", "/media", "/media/../blog.db", "/media/%2e%2e/secret_key", f"/media/{media.name[:2]}/"):
        assert visitor.get(address, follow=True).status in (400, 404)


def test_a_form_says_why_a_picture_is_refused(app: Flask) -> None:
    assert read_upload(FileStorage(io.BytesIO(sent()))).width == 40
    with pytest.raises(PictureRefused) as refusal:
        read_upload(FileStorage(io.BytesIO(b"<svg/>")))
    with app.test_request_context(base_url=app.config["BASE_URL"]):
        assert str(REFUSALS[refusal.value.reason]).startswith("SVG pictures can't be uploaded")
    assert set(REFUSALS) == set(Refusal)
