"""Reply templates (常用回复): texts that an agency's desk starts from, as data of the city.

A template holds placeholders such as ``{service}``, which the desk fills in with facts of the order, and at least
one blank, ``【请写明…】``, which only whoever did the work can fill in. A reply that is a template word for word says
nothing of its matter, so a text that still holds a blank is not sent.

Example:
    >>> template = "您反映的{service}问题，【请写明做了什么】。"
    >>> blanks_in(fill_in(template, {"service": "路灯"}))
    ['【请写明做了什么】']
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from hotline.domain.model import Frozen

ReplyCommand = Literal[
    "report_progress",
    "resolve",
    "report",
    "report_stage",
    "request_assist",
    "summon",
    "request_extension",
    "request_hold",
    "escalate",
    "return",
    "request_review",
]
"""The commands of an agency that carry a text."""

READ_BY_CITIZENS = frozenset({"report_progress", "resolve"})
"""Those whose text citizens read, of every appeal that was joined to the order."""

PLACEHOLDERS = frozenset({"number", "service", "place", "agency", "due"})
"""What an order fills in. Never the citizen's name, contact or address: replies are read by others too."""

_BLANK = re.compile(r"【\s*(?:请|please\b)[^【】]*】", re.IGNORECASE)


class ReplyTemplate(Frozen):
    """A text to start from, in both languages; ``command`` is what it is offered for."""

    code: str
    command: ReplyCommand
    name_zh: str
    name_en: str
    text_zh: str
    text_en: str


def fill_in(text: str, facts: Mapping[str, str]) -> str:
    """A template with its placeholders filled in; what is filled in is not looked at again."""
    return text.format_map(facts)


def blanks_in(text: str) -> list[str]:
    """What is still to be written by hand.

    Example:
        >>> blanks_in("【12345】已更换灯泡"), blanks_in("Done: 【Please say what was done】")
        ([], ['【Please say what was done】'])
    """
    return _BLANK.findall(text)
