"""Redraw a picture with Pillow: decode the pixels, encode them anew, keep nothing else.

Metadata (position, camera, owner, thumbnails, comments, colour profiles), whatever hides behind the
end of the picture, and every frame but the first are gone afterwards (FAULTS S14, S19). The camera's
orientation is applied to the pixels first, so the picture still stands upright.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping

from PIL import Image
from PIL.Image import DecompressionBombError, Transpose

from hotline.domain.attachments import MAX_PIXELS, ContentType, Picture, PictureRefused, RefusalReason

_FORMATS: Mapping[ContentType, str] = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}

_SAVING: Mapping[ContentType, Mapping[str, int | bool]] = {
    "image/jpeg": {"quality": 88, "optimize": True},
    "image/png": {"compress_level": 6},
    "image/webp": {"quality": 88, "method": 4},
}

_ORIENTATION = 0x0112
_UPRIGHT: Mapping[int, Transpose] = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


def redraw(content: bytes, content_type: ContentType) -> Picture:
    """Implements ``ports.Redraw``.

    Raises:
        PictureRefused: ``too-many-pixels`` by its header, before a pixel is decoded; ``unreadable``
            when Pillow cannot make sense of it, whatever Pillow then raises.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns of bombs, where our limit is lower, and of odd metadata, which goes anyway.
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=[_FORMATS[content_type]])
            if image.width * image.height > MAX_PIXELS:
                raise PictureRefused(RefusalReason.TOO_MANY_PIXELS)
            return _encoded(_pixels(image), content_type)
    except DecompressionBombError as error:
        raise PictureRefused(RefusalReason.TOO_MANY_PIXELS) from error
    except (PictureRefused, MemoryError):
        raise
    except Exception as error:
        raise PictureRefused(RefusalReason.UNREADABLE) from error


def _pixels(image: Image.Image) -> Image.Image:
    """The pixels alone, upright, in a mode that every format can write."""
    turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    see_through = image.has_transparency_data and image.format != "JPEG"
    plain = image.convert("RGBA" if see_through else "RGB")
    if turn is not None:
        plain = plain.transpose(turn)
    plain.info.clear()  # Pillow would write comments and colour profiles that it finds here
    return plain


def _encoded(plain: Image.Image, content_type: ContentType) -> Picture:
    target = io.BytesIO()
    plain.save(target, format=_FORMATS[content_type], **_SAVING[content_type])
    return Picture(target.getvalue(), content_type, plain.width, plain.height)
