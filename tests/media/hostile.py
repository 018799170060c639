"""Three hundred pictures that are none, are broken, or would cost a careless reader dearly. All made in memory."""

import random
import struct
import zlib
from collections.abc import Iterator

from PIL import Image, features

from tests.media.pictures import encoded, photo

MARK = b"<script>alert('smuggled')</script>"
FORMATS = ["JPEG", "PNG", "GIF", "WEBP", *(["AVIF"] if features.check("avif") else [])]


def hostile_pictures(*, heavy: bool = True) -> Iterator[tuple[str, bytes]]:
    """Each with what it is; the `heavy` ones are megabytes, or become hundreds of them."""
    yield from _cut_short()
    yield from _with_wrong_bytes()
    yield from _of_many_pixels()
    yield from _of_many_frames()
    yield from _with_heavy_baggage(
        (60_000, 4_000_000, 12_000_000) if heavy else (60_000,), 2 * 10**8 if heavy else 10**7
    )
    yield from _two_things_at_once()


def _whole() -> dict[str, bytes]:
    pictures = {kind: encoded(photo(90, 60), kind) for kind in FORMATS}
    frames = [photo(30 + number, 20).resize((30, 20)) for number in range(4)]
    for kind in ("GIF", "PNG", "WEBP"):
        pictures[f"moving {kind}"] = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=40)
    return pictures


def _cut_short() -> Iterator[tuple[str, bytes]]:
    for kind, content in _whole().items():
        for part in range(1, 19):
            yield f"{kind}, cut at {part}/19", content[: len(content) * part // 19]


def _with_wrong_bytes() -> Iterator[tuple[str, bytes]]:
    chance = random.Random(11)
    for kind, content in _whole().items():
        for number in range(12):
            wrong = bytearray(content)
            for _ in range(number + 1):
                wrong[chance.randrange(len(wrong) if number % 2 else min(len(wrong), 120))] = chance.randrange(256)
            yield f"{kind}, {number + 1} bytes wrong", bytes(wrong)


def chunk(kind: bytes, content: bytes) -> bytes:
    """A piece of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def packed(byte: bytes, count: int) -> bytes:
    """So many of one byte, compressed without ever being there."""
    packing = zlib.compressobj(9)
    pieces = [packing.compress(byte * min(10**6, count - done)) for done in range(0, count, 10**6)]
    return b"".join([*pieces, packing.flush()])


def png_of(width: int, height: int, *, mode: int = 0, before: bytes = b"", data: bytes = b"") -> bytes:
    """A PNG whose header promises so many pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8 if mode else 1, mode, 0, 0, 0))
    body = data or zlib.compress(bytes(min(height, 1000) * (width // 8 + 1) if width < 50_000 else 1000))
    return b"\x89PNG\r\n\x1a\n" + header + before + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _of_many_pixels() -> Iterator[tuple[str, bytes]]:
    for width, height in (
        (20_000, 20_000),
        (13_000, 13_000),
        (6_400, 6_400),
        (40_000, 100),
        (16_384, 1),
        (2**31 - 1,) * 2,
    ):
        for mode in (0, 2, 6):
            yield f"a PNG of {width} × {height}, kind {mode}", png_of(width, height, mode=mode)
    all_pixels = packed(b"\0", 20_000 * (20_000 // 8 + 1))
    yield "a PNG of 20,000 × 20,000 with all its pixels", png_of(20_000, 20_000, data=all_pixels)
    jpeg, gif, webp = (encoded(photo(90, 60), kind) for kind in ("JPEG", "GIF", "WEBP"))
    start = jpeg.index(b"\xff\xc0") + 5
    for height, width in ((65_500, 65_500), (20_000, 20_000), (7_000, 7_000), (0, 90), (60, 0)):
        size = struct.pack(">HH", height, width)
        yield f"a JPEG of {width} × {height}", jpeg[:start] + size + jpeg[start + 4 :]
        yield f"a GIF of {width} × {height}", gif[:6] + struct.pack("<HH", width, height) + gif[10:]
    for size in (b"\xff\x3f\xff\x3f", b"\xff\x3f\x01\x00", b"\x20\x1c\x20\x1c"):
        place = webp.index(b"\x9d\x01\x2a") + 3
        yield f"a WebP of {size.hex()}", webp[:place] + size + webp[place + 4 :]


def gif_of(frames: int, width: int = 1, height: int = 1) -> bytes:
    """A GIF of so many frames, each of one pixel."""
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\x04\0\x02\0\0\0" + b"," + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0\x02\x02\x44\x01\0"
    return head + frame * frames + b";"


def _of_many_frames() -> Iterator[tuple[str, bytes]]:
    for count in (401, 2_000, 10_000):
        yield f"a GIF of {count} frames", gif_of(count)
    yield "a GIF of 300 frames of 8,000 × 5,000", gif_of(300, 8_000, 5_000)
    still = encoded(photo(30, 20), "PNG")
    for count in (401, 10_000, 2**31 - 1):
        claim = chunk(b"acTL", struct.pack(">II", count, 0))
        yield f"a PNG that claims {count} frames", still[:33] + claim + still[33:]
    frames = [Image.new("RGB", (16, 16), (number % 256, number // 256, 0)) for number in range(402)]
    yield "a WebP of 402 frames", encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], method=0)


def _segments(marker: bytes, content: bytes) -> bytes:
    return b"".join(
        marker + struct.pack(">H", len(content[at : at + 65_000]) + 2) + content[at : at + 65_000]
        for at in range(0, len(content), 65_000)
    )


def _with_heavy_baggage(sizes: tuple[int, ...], unpacked: int) -> Iterator[tuple[str, bytes]]:
    """Metadata, of which a careless reader unpacks or keeps it all."""
    jpeg, png = encoded(photo(90, 60)), encoded(photo(90, 60), "PNG")
    for name, marker, head in (
        ("EXIF", b"\xff\xe1", b"Exif\0\0MM\0*\0\0\0\x08"), ("XMP", b"\xff\xe1", b"http://ns.adobe.com/xap/1.0/\0<x>"),
        ("ICC", b"\xff\xe2", b"ICC_PROFILE\0\x01\x01"), ("comments", b"\xff\xfe", b""), ("Photoshop", b"\xff\xed", b"Photoshop 3.0\0"),
    ):  # fmt: skip
        for size in sizes:
            piece = head + random.Random(size).randbytes(64_000 - len(head))
            yield (
                f"a JPEG with {size} bytes of {name}",
                jpeg[:2] + _segments(marker, piece) * (size // 64_000 + 1) + jpeg[2:],
            )
    for size in (10**6, unpacked // 4, unpacked):
        content = packed(b"x", size)
        for kind, head in ((b"zTXt", b"k\0\0"), (b"iTXt", b"k\0\x01\0\0\0"), (b"iCCP", b"k\0\0")):
            yield f"a PNG with {size} bytes in {kind.decode()}", png[:33] + chunk(kind, head + content) + png[33:]
    yield "a PNG with ten thousand texts", png[:33] + chunk(b"tEXt", b"k\0v") * 10_000 + png[33:]
    scan = jpeg[jpeg.index(b"\xff\xda") : -2]
    yield "a JPEG with ten thousand scans", jpeg[:-2] + scan[:40] * 10_000 + b"\xff\xd9"
    offsets = struct.pack(">HHHII", 1, 0x8769, 4, 1, 8)
    yield (
        "a JPEG whose EXIF points at itself",
        jpeg[:2] + _segments(b"\xff\xe1", b"Exif\0\0MM\0*\0\0\0\x08" + offsets + bytes(4)) + jpeg[2:],
    )


def _two_things_at_once() -> Iterator[tuple[str, bytes]]:
    for kind in FORMATS:
        yield f"a {kind} with a page behind it", encoded(photo(90, 60), kind) + MARK
        yield f"a page before a {kind}", b"<!doctype html>" + MARK + encoded(photo(90, 60), kind)
    gif = encoded(photo(90, 60), "GIF")
    yield "a GIF that is a script", b"GIF89a/*" + gif[8:] + b"*/=1;" + MARK
    yield "a drawing", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + MARK + b"</svg>"
    yield "a drawing in UTF-16", ('<svg xmlns="http://www.w3.org/2000/svg"/>' + MARK.decode()).encode("utf-16")
    yield "a drawing, packed", zlib.compress(b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    for head in (
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"\x7fELF",
        b"BM",
        b"II*\0",
        b"%!PS-Adobe-3.0 EPSF-3.0\n(%pipe%id) (r) file\n",
        b"8BPS\0\x01",
        b"\0\0\x01\0\x01\0",
        b"\xff\xd8\xff\xe0",
        b"GIF8",
        b"RIFF\xff\xff\xff\xffWEBP",
        b"\0\0\0\x20ftypavif",
    ):
        yield f"what begins with {head[:8]!r}", head + MARK + bytes(200)
    yield "nothing but noughts", bytes(100_000)
