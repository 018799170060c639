"""What becomes of sent bytes."""

import io
import random
import struct
import time
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms, features

from blog.media.pictures import (
    MAX_ANIMATION_PIXELS,
    MAX_BYTES,
    MAX_FRAMES,
    PictureRefused,
    Refusal,
    original_digest,
    read_picture,
)

FORMATS = ["JPEG", "PNG", "GIF", "WEBP", *(["AVIF"] if features.check("avif") else [])]
SECRET = "Stahlgasse 7, Wien"


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, form, **options)
    return content.getvalue()


def noise(size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Image.Image:
    return Image.effect_noise(size, 80).convert(mode)


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def refused(sent: bytes, **options: object) -> Refusal:
    with pytest.raises(PictureRefused) as refusal:
        read_picture(sent, **options)  # type: ignore[arg-type]
    return refusal.value.reason


@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_is_written_anew_in_its_own_format(form: str) -> None:
    sent = encoded(noise(), form)

    picture = read_picture(sent)

    assert opened(picture.content).format == form
    assert (picture.width, picture.height) == (60, 40)
    assert picture.mime == f"image/{form.lower()}"
    assert picture.name == f"{picture.digest[:2]}/{picture.digest[2:32]}.{picture.extension}"
    assert read_picture(sent) == picture, "the same bytes give the same picture"


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "GIF"])
def test_a_picture_comes_out_upright_and_without_metadata(form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = SECRET
    exif.get_ifd(0x8825)[1] = "N"
    left_red = Image.new("RGB", (60, 40), "blue")
    left_red.paste("red", (0, 0, 30, 40))
    options = {"xmp": f"<x>{SECRET}</x>".encode()} if form in ("JPEG", "WEBP", "AVIF") else {}
    if form == "JPEG":
        options["comment"] = SECRET

    picture = read_picture(encoded(left_red, form, exif=exif, **options))

    image = opened(picture.content)
    assert (picture.width, picture.height) == image.size == (40, 60)
    assert not image.getexif()
    assert SECRET.encode() not in picture.content
    top = image.convert("RGB").getpixel((20, 10))
    assert top[0] > 200 > 100 > top[2], "turned to the right, the left is on top"


def test_what_follows_the_picture_is_left_behind() -> None:
    for form in FORMATS:
        sent = encoded(noise(), form) + b"<script>alert(1)</script>PK\x03\x04"
        assert b"<script>" not in read_picture(sent).content


def test_comments_and_texts_of_gif_and_png_are_left_behind() -> None:
    gif = encoded(noise(), "GIF", comment=SECRET.encode())
    assert SECRET.encode() in gif
    assert SECRET.encode() not in read_picture(gif).content


def test_colours_stay_as_they_looked_without_the_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    sent = encoded(Image.new("RGB", (8, 8), (10, 200, 30)), "PNG", icc_profile=profile.tobytes())

    image = opened(read_picture(sent).content)

    assert "icc_profile" not in image.info
    assert image.getpixel((4, 4)) == (10, 200, 30), "a profile of another kind is not applied"


def test_a_wide_profile_is_applied_and_that_of_every_screen_leaves_the_pixels_alone() -> None:
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = plain.replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be"))
    swapped = swapped.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
    image = Image.new("RGB", (8, 8), (10, 200, 30))

    shown = {
        name: opened(read_picture(encoded(image, "PNG", icc_profile=one)).content)
        for name, one in (("wide", swapped), ("plain", plain))
    }

    assert shown["plain"].getpixel((4, 4)) == (10, 200, 30)
    assert shown["wide"].getpixel((4, 4)) != (10, 200, 30)
    assert not [image for image in shown.values() if "icc_profile" in image.info]


@pytest.mark.parametrize("form", FORMATS)
def test_a_large_picture_keeps_its_looks(form: str) -> None:
    image = Image.linear_gradient("L").convert("RGB").resize((2100, 1000))

    out = opened(read_picture(encoded(image, form)).content).convert("L")

    assert [out.getpixel((1000, y)) for y in (100, 500, 900)] == pytest.approx([25, 127, 229], abs=6)


def test_cmyk_becomes_rgb() -> None:
    image = opened(read_picture(encoded(noise(mode="CMYK"), "JPEG")).content)

    assert image.mode == "RGB"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_is_taken(mode: str) -> None:
    image = Image.new(mode, (9, 7))

    assert opened(read_picture(encoded(image, "PNG")).content).size == (9, 7)


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_transparency_and_animation_stay(form: str) -> None:
    frames = []
    for number in range(4):
        frame = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
        frame.paste((255, 60 * number, 0, 255), (number, number, number + 8, number + 8))
        frames.append(frame)
    sent = encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=70, loop=0)

    image = opened(read_picture(sent).content)

    assert image.n_frames == 4  # type: ignore[attr-defined]
    assert image.convert("RGBA").getpixel((19, 0))[3] == 0
    image.seek(3)
    image.load()
    assert image.info["duration"] == 70
    assert image.convert("RGBA").getpixel((7, 7))[:2] == pytest.approx((255, 180), abs=25)


def test_a_square_is_cut_for_portraits() -> None:
    sent = encoded(noise((300, 200)), "JPEG")

    square, small = read_picture(sent, square=128), read_picture(encoded(noise((50, 90)), "PNG"), square=128)

    assert (square.width, square.height) == (128, 128)
    assert (small.width, small.height) == (50, 50)
    assert square.original_digest != original_digest(sent)


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises many pixels in few bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def text_bomb() -> bytes:
    content = b"k\0\0" + zlib.compress(b"x" * 50_000_000)
    chunk = struct.pack(">I", len(content)) + b"zTXt" + content + struct.pack(">I", zlib.crc32(b"zTXt" + content))
    sent = encoded(noise(), "PNG")
    return sent[:33] + chunk + sent[33:]


def many_frames(form: str, count: int, size: tuple[int, int]) -> bytes:
    frames = []
    for number in range(count):
        frame = Image.new("RGB", size, "white")
        frame.paste((number % 256, number // 256, 0), (number % 20, number // 20, number % 20 + 2, number // 20 + 2))
        frames.append(frame)
    return encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=20)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: bomb(20_000, 20_000), Refusal.TOO_MANY_PIXELS),
        (lambda: bomb(13_000, 13_000), Refusal.TOO_MANY_PIXELS),
        (lambda: bomb(40_000, 100), Refusal.TOO_MANY_PIXELS),
        (lambda: bomb(2**31 - 1, 2**31 - 1), Refusal.TOO_MANY_PIXELS),
        (text_bomb, Refusal.BROKEN),
        (lambda: many_frames("GIF", MAX_FRAMES + 1, (24, 24)), Refusal.TOO_MANY_FRAMES),
        (lambda: many_frames("GIF", 3, (3000, MAX_ANIMATION_PIXELS // 9000 + 1)), Refusal.TOO_MANY_FRAMES),
        (lambda: many_frames("WEBP", MAX_FRAMES + 1, (24, 24)), Refusal.TOO_MANY_FRAMES),
        (lambda: many_frames("PNG", MAX_FRAMES + 1, (24, 24)), Refusal.TOO_MANY_FRAMES),
        (lambda: b"x" * (MAX_BYTES + 1), Refusal.TOO_MANY_BYTES),
    ],
)
def test_what_would_cost_too_much_is_refused_at_once(make: Callable[[], bytes], reason: Refusal) -> None:
    sent = make()
    start = time.perf_counter()

    assert refused(sent) is reason

    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    "sent",
    [
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"GIF8",
        b"\xff\xd8\xff\xe0",
        b"BM" + b"\0" * 60,
        b"II*\0" + b"\0" * 60,
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"8BPS\0\x01" + b"\0" * 40,
        b"\0\0\x01\0\x01\0" + b"\0" * 40,
        b"\0" * 1000,
    ],
)
def test_what_is_no_picture_of_ours_is_refused(sent: bytes) -> None:
    assert refused(sent) in (Refusal.UNKNOWN_FORMAT, Refusal.BROKEN)


def test_nothing_is_refused_as_nothing() -> None:
    assert refused(b"") is Refusal.EMPTY


def test_hundreds_of_damaged_pictures_are_refused_and_none_does_worse() -> None:
    chance = random.Random(7)
    whole = [encoded(noise(), form) for form in FORMATS]
    whole += [many_frames(form, 3, (12, 12)) for form in ("GIF", "PNG", "WEBP")]
    for number in range(400):
        sent = bytearray(whole[number % len(whole)])
        if number % 3 == 0:
            sent = sent[: chance.randrange(1, len(sent))]
        for _ in range(chance.randrange(1, 12)):
            sent[chance.randrange(len(sent))] = chance.randrange(256)
        try:
            picture = read_picture(bytes(sent))
        except PictureRefused:
            continue
        assert opened(picture.content).size == (picture.width, picture.height)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" %s><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        (b'width="40" height="30"', (40, 30)),
        (b'width="40px" height="0.5in"', (40, 48)),
        (b'viewBox="0 0 80 60"', (80, 60)),
        (b'width="40" viewBox="0 0 80 60"', (40, 30)),
        (b'width="100%" height="100%" viewBox="0,0,8,6"', (8, 6)),
        (b'width="1e9"', (300, 150)),
        (b"", (300, 150)),
    ],
)
def test_an_svg_of_an_admins_own_is_kept_as_it_is_with_its_size(attributes: bytes, size: tuple[int, int]) -> None:
    sent = b'<?xml version="1.0"?>\n<!-- drawn -->\n' + SVG % attributes

    picture = read_picture(sent, allow_svg=True)

    assert (picture.content, picture.mime) == (sent, "image/svg+xml")
    assert (picture.width, picture.height) == size


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (SVG % b"", Refusal.SVG),
        (b"\xef\xbb\xbf  " + SVG % b"", Refusal.SVG),
        (b"<!DOCTYPE svg>" + SVG % b"", Refusal.SVG),
        (b"<html><body>" + SVG % b"" + b"</body></html>", Refusal.SVG),
    ],
)
def test_an_svg_is_refused_from_others(sent: bytes, reason: Refusal) -> None:
    assert refused(sent) is reason


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"<svg>", Refusal.BROKEN),
        (b"<svg><b></svg>", Refusal.BROKEN),
        (b"<html><svg></svg></html>", Refusal.UNKNOWN_FORMAT),
        (b"<svg>" + b" " * (2 * 2**20) + b"</svg>", Refusal.TOO_MANY_BYTES),
        (
            b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">'
            + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
            + b"]><svg>&j;</svg>",
            Refusal.BROKEN,
        ),
    ],
)
def test_a_damaged_or_hostile_svg_is_refused(sent: bytes, reason: Refusal) -> None:
    start = time.perf_counter()

    assert refused(sent, allow_svg=True) is reason

    assert time.perf_counter() - start < 2
