"""Sent bytes -> a picture that is safe to show: read by its content, upright, without its metadata, written anew.

Nothing here touches the database or the disk. The figures are chosen so that a hostile file is refused by what its
header says, before its pixels are decoded.
"""

import hashlib
import io
import re
import threading
import xml.parsers.expat
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PIL import Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError, features

MAX_BYTES = 20 * 2**20
AT_ONCE = 2
"""Pictures worked on at the same time in one process: each takes up to 300 MB while it is."""
MAX_SCANS = 40
"""Of a progressive JPEG; cameras and programs write about ten."""
MAX_PIXELS = 40_000_000
MAX_SIDE = 16_383
"""The longest side that WebP can hold."""
MAX_ANIMATION_PIXELS = 25_000_000
"""Pixels of all frames together: about 100 MB while they are written anew."""
MAX_FRAMES = 400
MAX_SVG_BYTES = 2 * 2**20
MAX_PROFILE_BYTES = 4 * 2**20

LARGE_PIXELS = 2_000_000

JPEG_QUALITY = 85
WEBP_QUALITY = 85
AVIF_QUALITY = 70

# Pillow's own fence behind ours: it refuses what has more than twice as many pixels.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class Refusal(StrEnum):
    """Why a picture was not taken, as the command line says it."""

    EMPTY = "the file is empty"
    TOO_MANY_BYTES = "the file is too large"
    TOO_MANY_PIXELS = "it has more than 40 million pixels"
    TOO_MANY_FRAMES = "its animation is too long"
    UNKNOWN_FORMAT = "it is not a JPEG, PNG, GIF, WebP or AVIF picture"
    SVG = "SVG pictures are not taken here"
    BROKEN = "the picture is damaged"


class PictureRefused(Exception):
    """The bytes are not a picture that can be kept; `reason` says why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class File:
    """The bytes of a picture, ready to be kept."""

    content: bytes
    mime: str
    extension: str
    width: int
    height: int

    @property
    def digest(self) -> str:
        """The SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def name(self) -> str:
        """The public name: the same content always has the same one."""
        return self._named(self.digest)

    def _named(self, digest: str) -> str:
        return f"{digest[:2]}/{digest[2:32]}.{self.extension}"


@dataclass(frozen=True, slots=True)
class Picture(File):
    """A picture that was sent, written anew."""

    original_digest: str
    salt: str = ""
    """Makes another name, where this content's own belongs to the past of another picture."""

    @property
    def name(self) -> str:
        """The public name: the same content always has the same one, but where `salt` says otherwise."""
        digest = hashlib.sha256(self.salt.encode() + self.content).hexdigest() if self.salt else self.digest
        return self._named(digest)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How pictures of one format are written."""

    mime: str
    extension: str
    modes: frozenset[str]
    """The pixel modes that the format takes; others become RGB or RGBA."""
    animates: bool
    options: Callable[[bytes, bool], dict[str, Any]]  # what Pillow's save() takes differs by format
    """By what was sent, and whether it is large: then a few more bytes are taken for a quick answer."""


ENCODINGS = {
    "JPEG": Encoding(
        "image/jpeg",
        "jpg",
        frozenset({"L", "RGB"}),
        animates=False,
        options=lambda _sent, _is_large: {"quality": JPEG_QUALITY, "optimize": True},
    ),
    "PNG": Encoding(
        "image/png",
        "png",
        frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"}),
        animates=True,
        options=lambda _sent, is_large: {"compress_level": 3} if is_large else {"optimize": True},
    ),
    "GIF": Encoding(
        "image/gif",
        "gif",
        frozenset({"1", "L", "P", "RGB", "RGBA"}),
        animates=True,
        options=lambda _sent, _is_large: {"optimize": True},
    ),
    "WEBP": Encoding(
        "image/webp",
        "webp",
        frozenset({"RGB", "RGBA"}),
        animates=True,
        options=lambda sent, is_large: {
            "quality": WEBP_QUALITY,
            "method": 1 if is_large else 4,
            "lossless": b"VP8L" in sent[:4096],
        },
    ),
    "AVIF": Encoding(
        "image/avif",
        "avif",
        frozenset({"RGB", "RGBA"}),
        animates=False,
        options=lambda _sent, is_large: {"quality": AVIF_QUALITY, "speed": 9 if is_large else 6},
    ),
}
_FORMATS = [name for name in ENCODINGS if name != "AVIF" or features.check("avif")]

_KEPT_INFO = frozenset({"transparency", "duration", "loop", "disposal", "blend", "default_image"})
"""What Pillow may carry over from the file: how it looks and moves, never what else it says."""


def original_digest(sent: bytes, *, square: int | None = None) -> str:
    """What tells whether these bytes, cut like this, were sent before."""
    cut = f"square:{square}\0".encode() if square else b""
    return hashlib.sha256(cut + sent).hexdigest()


def read_picture(sent: bytes, *, square: int | None = None, allow_svg: bool = False) -> Picture:
    """The picture in `sent`, written anew in its own format, upright, its metadata and other passengers left behind.

    With `square` it is cut to a still square of at most so many pixels a side, for portraits. `allow_svg` keeps an
    SVG as it is: only for files of an admin's own, since a drawing can't be written anew; `/media` serves it so that
    no script in it runs. Raises `PictureRefused`.
    """
    if not sent:
        raise PictureRefused(Refusal.EMPTY)
    if len(sent) > MAX_BYTES:
        raise PictureRefused(Refusal.TOO_MANY_BYTES)
    digest = original_digest(sent, square=square)
    if looks_like_svg(sent):
        if not allow_svg or square:
            raise PictureRefused(Refusal.SVG)
        return _read_svg(sent, digest)
    try:
        with _turn:
            return _write_anew(sent, digest, square)
    except PictureRefused:
        raise
    except UnidentifiedImageError as error:
        raise PictureRefused(Refusal.UNKNOWN_FORMAT) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused(Refusal.TOO_MANY_PIXELS) from error
    except Exception as error:
        # Pillow's readers promise no particular exceptions: a damaged file gives OSError, ValueError, struct.error,
        # SyntaxError, IndexError, TypeError and more, by format and by version.
        raise PictureRefused(Refusal.BROKEN) from error


def looks_like_svg(sent: bytes) -> bool:
    """True if `sent` begins as an SVG does."""
    head = sent[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"<") and re.search(rb"<(?:\w+:)?svg[\s/>]", sent[:16_384]) is not None


_START_OF_SCAN = b"\xff\xda"
_turn = threading.BoundedSemaphore(AT_ONCE)


def _write_anew(sent: bytes, digest: str, square: int | None) -> Picture:
    with Image.open(io.BytesIO(sent), formats=_FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
            raise PictureRefused(Refusal.TOO_MANY_PIXELS)
        kind = "JPEG" if image.format == "MPO" else str(image.format)  # MPO: a JPEG that carries a second view
        encoding = ENCODINGS[kind]
        frames = getattr(image, "n_frames", 1) if encoding.animates else 1
        if frames > MAX_FRAMES or (frames > 1 and frames * width * height > MAX_ANIMATION_PIXELS):
            raise PictureRefused(Refusal.TOO_MANY_FRAMES)
        if kind == "JPEG" and sent.count(_START_OF_SCAN) > MAX_SCANS:
            raise PictureRefused(Refusal.BROKEN)  # each scan is worked through whole: thousands would take minutes
        options = encoding.options(sent, width * height > LARGE_PIXELS)
        if frames > 1 and not square:
            first, *others = [_without_metadata(frame, encoding) for frame in ImageSequence.Iterator(image)]
            durations = [frame.info.get("duration", 100) for frame in (first, *others)]
            options |= {"save_all": True, "append_images": others, "duration": durations}
            options |= {"loop": image.info["loop"]} if "loop" in image.info else {}
        else:
            image.load()
            first = _still(image, encoding, square)
        content = io.BytesIO()
        first.save(content, format=kind, **options)
        return Picture(content.getvalue(), encoding.mime, encoding.extension, first.width, first.height, digest)


def _still(image: Image.Image, encoding: Encoding, square: int | None) -> Image.Image:
    """The picture upright, in sRGB, cut if asked."""
    ImageOps.exif_transpose(image, in_place=True)
    upright = _in_srgb(image)
    if square:
        if upright.mode not in ("L", "RGB", "RGBA"):
            upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        side = min(square, *upright.size)
        upright = ImageOps.fit(upright, (side, side), method=Image.Resampling.LANCZOS)
    return _without_metadata(upright, encoding)


def _without_metadata(image: Image.Image, encoding: Encoding) -> Image.Image:
    """The pixels alone, in a mode that the format takes."""
    clean = image.copy()
    if clean.mode not in encoding.modes:
        transparent = clean.has_transparency_data and "RGBA" in encoding.modes
        clean = clean.convert("RGBA" if transparent else "RGB")
    clean.info = {name: value for name, value in image.info.items() if name in _KEPT_INFO}
    if clean.mode in ("RGBA", "LA"):
        clean.info.pop("transparency", None)
    return clean


def _in_srgb(image: Image.Image) -> Image.Image:
    """Colours as they look without the file's colour profile, which is not kept."""
    profile = image.info.get("icc_profile")
    if not profile or len(profile) > MAX_PROFILE_BYTES or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode != "CMYK" and ImageCms.getProfileDescription(own).startswith("sRGB"):
            return image  # as most of them are: working through every pixel would change none
        converted = ImageCms.profileToProfile(
            image,
            own,
            ImageCms.createProfile("sRGB"),
            outputMode="RGBA" if image.mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError):  # a profile that can't be used: the colours stay as they are
        return image
    return converted if converted is not None else image


def _read_svg(sent: bytes, digest: str) -> Picture:
    if len(sent) > MAX_SVG_BYTES:
        raise PictureRefused(Refusal.TOO_MANY_BYTES)
    width, height = _svg_size(sent)
    return Picture(sent, "image/svg+xml", "svg", width, height, digest)


def _svg_size(sent: bytes) -> tuple[int, int]:
    """Width and height in CSS pixels: as given, else from the view box, else what browsers assume (300 by 150)."""
    attributes: dict[str, str] = {}
    roots: list[str] = []

    def start(name: str, found: dict[str, str]) -> None:
        if not roots:
            roots.append(name)
            attributes.update(found)

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(sent, True)
    except (xml.parsers.expat.ExpatError, ValueError, LookupError) as error:
        raise PictureRefused(Refusal.BROKEN) from error
    if roots[0].rpartition(":")[2] != "svg":
        raise PictureRefused(Refusal.UNKNOWN_FORMAT)
    box = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", attributes.get("viewBox", ""))[:4]]
    width, height = _pixels(attributes.get("width")), _pixels(attributes.get("height"))
    if len(box) == 4 and box[2] > 0 and box[3] > 0:
        width = width or (height * box[2] / box[3] if height else box[2])
        height = height or width * box[3] / box[2]
    return _whole(width or 300), _whole(height or 150)


_UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "em": 16.0}


def _pixels(length: str | None) -> float | None:
    """A length of CSS in pixels; None for none and for one that depends on where it is shown."""
    match = re.fullmatch(r"\s*+(\d++(?:\.\d*+)?|\.\d++)\s*+([a-z]*+)\s*+", length or "", re.IGNORECASE)
    if match is None or match[2].lower() not in _UNITS:
        return None
    return float(match[1]) * _UNITS[match[2].lower()] or None


def _whole(length: float) -> int:
    return max(1, min(round(length), 100_000))
