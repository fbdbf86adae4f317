"""The bulletin as one page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hotline.domain.appeal import Language
from hotline.domain.directory import Directory
from infrastructure.reports.bulletin import Bulletin
from infrastructure.reports.edition import Edition
from infrastructure.reports.sections import sections

TEMPLATES = Path(__file__).parent / "templates"
BOTH: Sequence[Language] = ("zh-CN", "en")


def page(bulletin: Bulletin, directory: Directory, languages: Sequence[Language] = BOTH) -> str:
    """The whole page, one edition after the other."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    told = [Edition(directory, language) for language in languages]
    return environment.get_template("bulletin.html").render(
        style=(TEMPLATES / "bulletin.css").read_text(encoding="utf-8"),
        month=bulletin.month,
        editions=[(edition, sections(bulletin, edition)) for edition in told],
    )
