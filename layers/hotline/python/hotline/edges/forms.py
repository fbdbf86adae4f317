"""Read what an HTML form sends: ``application/x-www-form-urlencoded`` in UTF-8.

Strict where no browser is lax: broken percent signs, bytes that are not UTF-8, NUL and names that no page
of ours has are refused. Line ends, which browsers send as CR LF, become the single ``\n`` that everything
behind counts and stores.

Names are dotted paths into the command that the form stands for, so that the field which an error names
and the input on the page are called the same.

Example:
    >>> form = read_form("text=%E8%B7%AF%E7%81%AF&contact.phone=&contact.name=%E7%8E%8B")
    >>> form.text("text"), form.command("text", "contact.phone", "contact.name")
    ('路灯', {'text': '路灯', 'contact': {'name': '王'}})
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from hotline.domain.errors import InvalidInput

FIELDS = 100
"""Inputs of one form; our longest has about twenty."""

_NAME = re.compile(r"[a-z][a-z_]{0,39}(\.[A-Za-z0-9._-]{1,40})?")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Form(Mapping[str, tuple[str, ...]]):
    """What was typed and chosen, by input name; a name that was sent has one value or more."""

    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def text(self, name: str) -> str:
        """The one value of an input; empty when it was not sent."""
        return self._values.get(name, ("",))[0]

    def chosen(self, name: str) -> tuple[str, ...]:
        """Every value of a group of check boxes."""
        return self._values.get(name, ())

    def command(self, *names: str) -> dict[str, Any]:
        """The members of a command from these inputs, nested at their dot; what is blank is left out."""
        members: dict[str, Any] = {}
        for name in names:
            value = self.text(name)
            if value.strip():
                whole, _, part = name.partition(".")
                if part:
                    members.setdefault(whole, {})[part] = value
                else:
                    members[whole] = value
        return members


def read_form(text: str) -> Form:
    """Parse the body of a form.

    Raises:
        InvalidInput: no browser sends such a body; the error does not repeat it.
    """
    if _BROKEN_ESCAPE.search(text):
        raise _refusal()
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except ValueError:
        raise _refusal() from None
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        if not _NAME.fullmatch(name) or "\0" in value:
            raise _refusal()
        values[name] = (*values.get(name, ()), value.replace("\r\n", "\n").replace("\r", "\n"))
    return Form(values)


def _refusal() -> InvalidInput:
    return InvalidInput.field("body", "不是有效的表单", "is not a valid form")
