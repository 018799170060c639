"""Pictures for tests, and putting them on the site."""

import io
from random import Random
from typing import Any

from PIL import Image

from blog import clock
from blog.auth.models import User
from blog.db import db
from blog.media import operations
from blog.media.current import media_folder
from blog.media.models import Media
from blog.media.pictures import read_picture
from tests.factories import Factory


def photo(width: int, height: int, *, mode: str = "RGB") -> Image.Image:
    """Something that is as hard to compress as a photo: soft shapes, and a little noise."""
    random = Random(width * 31 + height)
    coarse = max(2, width // 16), max(2, height // 16)
    soft = Image.frombytes("L", coarse, random.randbytes(coarse[0] * coarse[1])).resize((width, height))
    slope = Image.linear_gradient("L").resize((width, height))
    grain = Image.frombytes("L", (width, height), random.randbytes(width * height))
    image = Image.merge("RGB", (Image.blend(soft, grain, 0.06), soft, Image.blend(slope, grain, 0.05)))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The bytes of a file."""
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def stored(make: Factory, sent: bytes, *, uploader: User | None = None, **particulars: Any) -> Media:
    """A picture on the site, as if its uploader had sent it."""
    picture = read_picture(sent)

    def store() -> Media:
        media_folder().keep(picture)
        user = db.session.get(User, uploader.id) if uploader else None
        return operations.add_media(picture, uploader=user, now=clock.now(), **particulars)

    return make.act(store)  # type: ignore[no-any-return]  # whatever the operation returns
