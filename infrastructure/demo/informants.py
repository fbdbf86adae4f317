"""What an agency must never read of a confidential report, and whether a message tells it anyway."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from infrastructure.demo.staff import RELEASED

Json = dict[str, Any]

RUN = 6
"""So many characters of the informant's own in a row are a leak; of Latin letters twice as many."""

SHORTEST = 3
"""A shorter text says nothing that a code or a number could not contain by chance."""

_HAN = re.compile("[\u4e00-\u9fff]")


class Informant(NamedTuple):
    """A confidential informant: the words, said and added, and where he or she can be reached."""

    words: tuple[str, ...]
    phone: str | None
    about_agency: str | None

    @classmethod
    def of(cls, body: Json, *added: str) -> Informant:
        """The informant behind a posted appeal; ``added`` is what was said later."""
        address = body.get("place", {}).get("address_text")
        words = (body["text"], *([address] if address else []), *added)
        return cls(words, body.get("contact", {}).get("phone"), body.get("about_agency"))

    def leaks_in(self, message: Json) -> str | None:
        """What a message to an agency tells of the informant; None when it tells nothing.

        The names of the catalogue's services and what the operator has released do not count.

        Example:
            >>> Informant(("夜里有人偷偷倾倒废水",), None, None).leaks_in({"text": "据反映，有人偷偷倾倒废水"})
            '有人偷偷倾倒'
        """
        told = "\n".join(_strings({name: value for name, value in message.items() if name != "service"}))
        told = told.replace(RELEASED, "")
        if self.phone and self.phone in told:
            return "the phone number"
        return next((run for words in self.words for run in _runs(words) if run in told), None)


def _runs(words: str) -> Iterator[str]:
    """Every run of characters that is long enough to be nobody else's; a shorter text is one itself."""
    length = RUN if _HAN.search(words) else 2 * RUN
    if len(words) < SHORTEST:
        return
    for start in range(max(1, len(words) - length + 1)):
        yield words[start : start + length]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
