"""What every page needs, whoever reads it: the city's zone, and who may show it in a frame."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hotline.settings import setting
from hotline.wiring.common import directories


def city_zone() -> ZoneInfo:
    """The zone in which the city tells times."""
    return ZoneInfo(directories().current().city.timezone)


def embed_origins() -> tuple[str, ...]:
    """The sites that may show the embedded form of a page in a frame; none unless the stack names some."""
    return tuple(setting("EMBED_ORIGINS").split(",")) if setting("EMBED_ORIGINS") else ()
