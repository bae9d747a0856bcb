"""Pictures come from the platform: they are decoded with bounds and encoded anew, so nothing hides in them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

from PIL import Image

# The decoders that screenshots need; Pillow's others stay closed to hostile files.
_DECODERS = ("PNG", "JPEG", "WEBP")
_MOST_PIXELS = 40_000_000
# Measured on a screenshot of 1440 by 1000: WebP so takes 17 ms and 28 KB, with its defaults 67 ms and 31 KB.
_SETTINGS: dict[str, dict[str, int]] = {"PNG": {}, "WEBP": {"method": 2, "quality": 80}}
_SCALES = (1.0, 0.75, 0.5, 0.35, 0.25, 0.1)


class PictureError(Exception):
    """A picture cannot be kept, and why."""


@dataclass(frozen=True)
class Picture:
    """An encoded picture; width and height in pixels."""

    content: bytes
    width: int
    height: int


def reencoded(picture: bytes, encoding: Literal["PNG", "WEBP"], *, side: int, size: int) -> Picture:
    """Encode a picture anew, at most `side` pixels wide or high and `size` bytes large.

    Raises PictureError for what is not a picture, is damaged, or is too large to be decoded safely.
    """
    image = _decoded(picture)
    image.thumbnail((side, side))
    for scale in _SCALES:
        scaled = image.resize((max(1, int(image.width * scale)), max(1, int(image.height * scale))))
        encoded = io.BytesIO()
        scaled.save(encoded, encoding, **_SETTINGS[encoding])
        if encoded.tell() <= size:
            return Picture(encoded.getvalue(), scaled.width, scaled.height)
    raise PictureError(f"it does not fit in {size} bytes, however small it is made")


def _decoded(picture: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(picture), formats=_DECODERS) as image:
            return _bounded(image).convert("RGB")
    # Pillow's own limits, which lie above ours: an error, and a warning that some make an error.
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError("it has too many pixels to be decoded safely") from error
    # Pillow's decoders raise all of these for damaged files.
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise PictureError(f"it is not a picture that can be decoded ({error})") from error


def _bounded(image: Image.Image) -> Image.Image:
    if image.width * image.height > _MOST_PIXELS:
        raise PictureError(f"it has {image.width} by {image.height} pixels, too many to be decoded safely")
    return image
