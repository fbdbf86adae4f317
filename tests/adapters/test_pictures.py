"""A stranger's file is drawn anew, or refused before it can hurt."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from hotline.adapters.pictures import redraw
from hotline.domain.attachments import ContentType, PictureRefused, RefusalReason

GPS = 0x8825
ARTIST = 0x013B
ORIENTATION = 0x0112

FORMATS: list[tuple[str, ContentType]] = [
    ("JPEG", "image/jpeg"),
    ("PNG", "image/png"),
    ("WEBP", "image/webp"),
]


def picture(width: int = 40, height: int = 20, mode: str = "RGB", left: object = (200, 0, 0)) -> Image.Image:
    """White, with its left quarter in another colour, so that its orientation shows."""
    image = Image.new(mode, (width, height), "white" if mode not in {"P", "I;16"} else 0)
    image.paste(left, (0, 0, width // 4, height))  # type: ignore[arg-type]
    return image


def encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, format_, **options)
    return target.getvalue()


def exif(**values: object) -> Image.Exif:
    tags = Image.Exif()
    tags[ARTIST] = "张三"
    tags.get_ifd(GPS).update({1: "N", 2: (39.0, 54.0, 20.0), 3: "E", 4: (116.0, 23.0, 29.0)})
    for tag, value in values.items():
        tags[{"orientation": ORIENTATION}[tag]] = value
    return tags


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of some 100 bytes whose header promises width × height pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(64))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("format_", "content_type"), FORMATS)
def test_position_and_owner_are_gone(format_: str, content_type: ContentType) -> None:
    original = encoded(picture(), format_, exif=exif())
    assert Image.open(io.BytesIO(original)).getexif().get_ifd(GPS)
    drawn = redraw(original, content_type)
    clean = Image.open(io.BytesIO(drawn.content))
    clean.load()
    assert dict(clean.getexif()) == {}
    assert "张三".encode() not in drawn.content
    assert b"Exif" not in drawn.content


@pytest.mark.parametrize(("format_", "content_type"), FORMATS)
def test_the_pixels_stay(format_: str, content_type: ContentType) -> None:
    drawn = redraw(encoded(picture(), format_), content_type)
    clean = Image.open(io.BytesIO(drawn.content)).convert("RGB")
    assert (clean.format, clean.size, drawn.width, drawn.height) == (None, (40, 20), 40, 20)
    red, green, blue = clean.getpixel((3, 10))  # type: ignore[misc]
    assert red > 150
    assert max(green, blue) < 50
    assert min(clean.getpixel((30, 10))) > 230  # type: ignore[arg-type, type-var]


@pytest.mark.parametrize(
    ("orientation", "size", "coloured"),
    [
        (1, (40, 20), (2, 10)),
        (2, (40, 20), (38, 10)),
        (3, (40, 20), (38, 10)),
        (4, (40, 20), (2, 10)),
        (5, (20, 40), (10, 2)),
        (6, (20, 40), (10, 2)),
        (7, (20, 40), (10, 38)),
        (8, (20, 40), (10, 38)),
        (99, (40, 20), (2, 10)),
    ],
)
def test_the_picture_stands_upright_without_its_orientation_mark(
    orientation: int, size: tuple[int, int], coloured: tuple[int, int]
) -> None:
    drawn = redraw(encoded(picture(), "PNG", exif=exif(orientation=orientation)), "image/png")
    clean = Image.open(io.BytesIO(drawn.content))
    assert (clean.size, (drawn.width, drawn.height)) == (size, size)
    assert clean.getpixel(coloured) == (200, 0, 0)


def test_a_tiny_file_that_promises_1600_megapixels_is_refused_before_it_is_decoded() -> None:
    bomb = png_that_claims(40_000, 40_000)
    assert len(bomb) < 200
    tracemalloc.start()
    with pytest.raises(PictureRefused) as refusal:
        redraw(bomb, "image/png")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refusal.value.reason is RefusalReason.TOO_MANY_PIXELS
    assert peak < 5_000_000


@pytest.mark.parametrize(("width", "height"), [(7_072, 7_072), (12_000, 9_000), (60_000, 1_000)])
def test_more_than_fifty_megapixels_are_too_many(width: int, height: int) -> None:
    with pytest.raises(PictureRefused, match="too-many-pixels"):
        redraw(png_that_claims(width, height), "image/png")


def test_a_page_hidden_behind_the_picture_is_gone() -> None:
    polyglot = encoded(picture(), "JPEG", comment=b"<script>alert(1)</script>") + b"PK\x03\x04<html><script>"
    assert b"script" in polyglot
    drawn = redraw(polyglot, "image/jpeg")
    assert b"script" not in drawn.content
    assert b"PK\x03\x04" not in drawn.content


def test_text_chunks_and_colour_profiles_are_gone() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "zhang san")
    texts.add_text("Comment", "zhang san", zip=True)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    drawn = redraw(encoded(picture(), "PNG", pnginfo=texts, icc_profile=profile), "image/png")
    clean = Image.open(io.BytesIO(drawn.content))
    clean.load()
    assert clean.info == {}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_way_to_store_pixels_is_read(mode: str) -> None:
    format_, content_type = ("JPEG", "image/jpeg") if mode == "CMYK" else ("PNG", "image/png")
    original = Image.new(mode, (8, 8))
    drawn = redraw(encoded(original, format_), content_type)  # type: ignore[arg-type]
    clean = Image.open(io.BytesIO(drawn.content))
    assert clean.size == (8, 8)
    assert clean.mode == ("RGBA" if mode in {"LA", "RGBA"} else "RGB")


def test_of_a_film_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    film = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    drawn = redraw(film, "image/webp")
    clean = Image.open(io.BytesIO(drawn.content))
    assert getattr(clean, "n_frames", 1) == 1
    assert clean.convert("RGB").getpixel((4, 4))[0] > 200  # type: ignore[index]


@pytest.mark.parametrize(
    "content",
    [
        encoded(picture(400, 200), "JPEG")[:700],
        b"\xff\xd8\xff\xe0" + bytes(500),
        b"\xff\xd8\xff",
        encoded(picture(), "PNG"),
    ],
    ids=["cut off", "only a header", "almost nothing", "another type"],
)
def test_what_cannot_be_read_is_refused(content: bytes) -> None:
    with pytest.raises(PictureRefused, match="unreadable"):
        redraw(content, "image/jpeg")


def test_damaged_metadata_does_not_cost_the_citizen_the_picture() -> None:
    original = encoded(picture(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(40))
    assert redraw(original, "image/jpeg").width == 40
