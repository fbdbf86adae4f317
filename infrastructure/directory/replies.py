"""The reply templates of a directory folder: whether their texts can be filled in, and what functions load of them."""

from __future__ import annotations

from typing import Any

from hotline.domain.notices import placeholders_in
from hotline.domain.reply_templates import PLACEHOLDERS, READ_BY_CITIZENS, ReplyTemplate, blanks_in
from infrastructure.directory.reading import Folder, Problems, file_of
from infrastructure.directory.rows import ReplyTemplateRow

_FILE = file_of(ReplyTemplateRow)
_BRACKET = "【"


def check_replies(folder: Folder, problems: Problems) -> None:
    """Every placeholder known, and something left to write by hand in every text."""
    for line in folder.rows(ReplyTemplateRow):
        for column in ("text_zh", "text_en"):
            for what in _wrong_with(getattr(line.row, column)):
                problems.error(_FILE, line.number, column, what)
            if line.row.command in READ_BY_CITIZENS and "{number}" in getattr(line.row, column):
                what = "{number} is the first appeal's; citizens whose appeals were joined to it have others"
                problems.warn(_FILE, line.number, column, what)


def compile_replies(folder: Folder) -> list[dict[str, Any]]:
    """What functions load."""
    rows = (line.row for line in folder.rows(ReplyTemplateRow))
    return [ReplyTemplate(**row.model_dump(exclude={"note"})).model_dump() for row in rows]


def _wrong_with(text: str) -> list[str]:
    try:
        unknown = sorted(placeholders_in(text) - PLACEHOLDERS)
    except ValueError as error:
        return [str(error)]
    known = ", ".join(f"{{{each}}}" for each in sorted(PLACEHOLDERS))
    found = [f"nothing fills in {{{name}}}; known are {known}" for name in unknown]
    blanks = len(blanks_in(text))
    if not blanks:
        found.append(
            "has no blank 【请…】 or 【Please …】: sent as it is, it would say nothing of its matter"
        )
    elif blanks != text.count(_BRACKET):
        found.append("a blank begins with 请 or Please, 【请写明…】; whatever else is in 【】 would be sent")
    return found
