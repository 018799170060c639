"""A stored picture in the sizes and formats that browsers choose from. Pure functions, slow: for the worker.

The pictures are ours, written by `pictures.read_picture`, so nothing in them is hostile; what matters here is bytes.
"""

import io
from collections.abc import Iterator

from PIL import Image, ImageSequence, features

from blog.media.pictures import ENCODINGS, File

RECIPE = 1
"""Stored with each picture. Raise it when the same picture would come out differently: all are made anew then."""
WIDTHS = (480, 960, 1600)

JPEG_QUALITY = 80
WEBP_QUALITY = 78
AVIF_QUALITY = 58
AVIF_SPEED = 7
"""Of 0 to 10: at 6 a large picture takes half as long again for a few per cent."""
WEBP_EFFORT = 4
ANIMATION_EFFORT = 2


class NoVariants(Exception):
    """The stored file is not a picture (any more)."""


def make_variants(stored: bytes) -> list[File]:
    """The picture at each of `WIDTHS` that it reaches, else at its own width; never larger than it is.

    AVIF and WebP, and what every browser knows: JPEG, or PNG where something is transparent. An animation stays one,
    as WebP. A format that saves no bytes is left out whole: against the stored file, or AVIF against WebP. Raises
    `NoVariants`.
    """
    try:
        with Image.open(io.BytesIO(stored), formats=list(ENCODINGS)) as image:
            widths = [width for width in WIDTHS if width < image.width] or [image.width]
            if widths[-1] < image.width <= WIDTHS[-1]:
                widths.append(image.width)
            made = list(_animated(image, widths) if getattr(image, "n_frames", 1) > 1 else _still(image, widths))
    except Exception as error:  # Pillow's readers promise no particular exceptions (see `pictures.read_picture`)
        raise NoVariants(str(error)) from error
    return _worth_keeping(made, len(stored))


def _worth_keeping(made: list[File], most: int) -> list[File]:
    sizes = {mime: [len(one.content) for one in made if one.mime == mime] for mime in {one.mime for one in made}}
    kept = {mime for mime, each in sizes.items() if max(each) < most}
    if {"image/avif", "image/webp"} <= kept and sum(sizes["image/avif"]) >= sum(sizes["image/webp"]):
        kept.remove("image/avif")
    return [one for one in made if one.mime in kept]


def _still(image: Image.Image, widths: list[int]) -> Iterator[File]:
    size = image.size
    image.draft("RGB", (widths[-1], _height_at(widths[-1], size)))  # a JPEG is decoded smaller at once
    full = _in_plain_mode(image)
    for width in widths:
        sized = full.resize((width, _height_at(width, size)), Image.Resampling.LANCZOS)
        if features.check("avif"):
            yield _encoded(sized, "AVIF", quality=AVIF_QUALITY, speed=AVIF_SPEED)
        yield _encoded(sized, "WEBP", quality=WEBP_QUALITY, method=WEBP_EFFORT)
        if sized.mode == "RGBA":
            yield _encoded(sized, "PNG", optimize=True)
        else:
            yield _encoded(sized, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)


def _animated(image: Image.Image, widths: list[int]) -> Iterator[File]:
    loop = {"loop": image.info["loop"]} if "loop" in image.info else {"loop": 1}
    for width in widths:
        size, durations, frames = (width, _height_at(width, image.size)), [], []
        for frame in ImageSequence.Iterator(image):
            frames.append(frame.convert("RGBA").resize(size, Image.Resampling.BILINEAR))
            durations.append(frame.info.get("duration", 100))
        options = {"save_all": True, "append_images": frames[1:], "duration": durations, **loop}
        yield _encoded(frames[0], "WEBP", quality=WEBP_QUALITY, method=ANIMATION_EFFORT, **options)


def _in_plain_mode(image: Image.Image) -> Image.Image:
    """RGB, or RGBA where something really is transparent."""
    if image.has_transparency_data:
        full = image.convert("RGBA")
        lowest, _highest = full.getchannel("A").getextrema()
        return full if lowest != 255 else full.convert("RGB")
    if image.mode.startswith("I"):  # 16 bits a pixel, which convert() would cut off
        image = image.point(lambda value: value / 256).convert("L")
    return image.convert("RGB")


def _encoded(image: Image.Image, kind: str, **options: object) -> File:
    encoding, content = ENCODINGS[kind], io.BytesIO()
    image.save(content, kind, **options)
    return File(content.getvalue(), encoding.mime, encoding.extension, image.width, image.height)


def _height_at(width: int, size: tuple[int, int]) -> int:
    return max(1, round(size[1] * width / size[0]))
