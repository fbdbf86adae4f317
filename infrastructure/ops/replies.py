"""``hotline replies``: read the texts that agencies' desks start from."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from hotline.domain.notices import LANGUAGES
from hotline.domain.reply_templates import ReplyTemplate, blanks_in, fill_in
from infrastructure.ops.what_if import add_preview_arguments, compiled

SAMPLES: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {
        "number": "000G-40R4-0M30-E209-B",
        "service": "路灯",
        "place": "东城区东华门街道",
        "agency": "东华门街道办事处",
        "due": "2026年3月13日 18:00",
    },
    "en": {
        "number": "000G-40R4-0M30-E209-B",
        "service": "Street lighting",
        "place": "Dongcheng District, Donghuamen Subdistrict",
        "agency": "Donghuamen Subdistrict Office",
        "due": "13 March 2026, 18:00",
    },
}
"""What a preview fills in."""


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "replies",
        help="what agencies' desks start from: preview the reply templates",
        description="Reply templates (常用回复) of the agencies' desks. They are data of the directory folder.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    preview = actions.add_parser(
        "preview",
        help="show the templates, filled in, with what is left to write by hand",
        description="Show the reply templates of a directory folder as the desk inserts them, with sample values. The "
        "folder is checked, not imported; exit code 1 if it has errors.",
    )
    preview.add_argument("code", nargs="?", metavar="CODE", help="one template; without it, all")
    add_preview_arguments(preview)
    preview.set_defaults(run=preview_)


def preview_(arguments: argparse.Namespace) -> int:
    """Show the templates; 1 when the folder has errors or knows no such template."""
    directory = compiled(arguments.folder)
    if directory is None:
        return 1
    templates = directory.reply_templates
    if not templates:
        print("no reply templates: the folder has no reply_templates.csv, or no line in it")
        return 0 if arguments.code is None else 1
    chosen = [each for each in templates if arguments.code in (None, each.code)]
    if not chosen:
        known = ", ".join(sorted(each.code for each in templates))
        print(f"no reply template {arguments.code!r}; known are {known}", file=sys.stderr)
        return 1
    for template in chosen:
        for language in LANGUAGES if arguments.language is None else (arguments.language,):
            print(_shown(template, language))
    return 0


def _shown(template: ReplyTemplate, language: str) -> str:
    english = language == "en"
    name = template.name_en if english else template.name_zh
    filled = fill_in(template.text_en if english else template.text_zh, SAMPLES[language])
    blanks = len(blanks_in(filled))
    left = f"{blanks} blank{'s' if blanks > 1 else ''}"
    return f"{template.code} {language}, for {template.command}: {name} ({len(filled)} characters, {left})\n  {filled}"
