"""Words that cannot wait for a work order: 110, 119, 120, 122 (条例 Art 11(1)).

The words are data. A word with an empty number is an exception: it contains an emergency word and
means none (火灾隐患 is a hazard to report, not a fire), and being longer it is read first.

Example:
    >>> words = EmergencyWords({"着火": "119", "火灾": "119", "火灾隐患": ""})
    >>> words.numbers("三楼着火了，快来"), words.numbers("楼道有火灾隐患")
    (('119',), ())
"""

from __future__ import annotations

from collections.abc import Mapping

from hotline.domain.lexicon import Lexicon, normalise


class EmergencyWords:
    """Normalised ``words`` and the number that each calls for."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words = words
        self._lexicon = Lexicon(words)

    def numbers(self, text: str) -> tuple[str, ...]:
        """The numbers to call, in the order in which the text calls for them, each once."""
        found = (match.value for match in self._lexicon.find(normalise(text)))
        return tuple(dict.fromkeys(number for number in found if number))
