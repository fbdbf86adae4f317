"""Hold the signals' scores of the year's last month against what was planted in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from hotline.domain.directory import Directory
from hotline.domain.signals import Done, Said, StockPhrases, measure, times_done, weigh
from hotline.domain.tallies import month_of
from hotline.domain.text_copies import Copies, Entry, copies_of, shelves_of, signature
from infrastructure.simulation.agencies import Cheat
from infrastructure.simulation.lives import Life

_REMEMBERED = 24
"""Entries that are looked at in each band of texts, as where they are stored."""


class Suspicion(NamedTuple):
    """What the signals say of one order, beside the truth about it."""

    appeal_id: str
    agency_id: str
    score: int
    signals: tuple[str, ...]
    cheat: Cheat | None


class Suspicions:
    """Weighs the replies of one agency, one after the other, as they come in.

    Args:
        months: the months whose replies are weighed, as yyyymm.
    """

    def __init__(self, agency_id: str, directory: Directory, months: Sequence[str]) -> None:
        self.found: list[Suspicion] = []
        self._agency_id = agency_id
        self._directory = directory
        self._months = frozenset(months)
        self._phrases = StockPhrases(directory.signals.phrases)
        self._known: defaultdict[str, list[Entry]] = defaultdict(list)

    def note(self, life: Life, cheat: Cheat | None) -> None:
        """Weigh each "done" of a case; the highest score counts, as it is what a reviewer sees first."""
        weighed = [
            weigh(measure(done, self._said(life, done), self._phrases), self._directory.signals)
            for done in times_done(life.case)
            if self._month(done) in self._months
        ]
        if weighed:
            score, signals = max(weighed, key=lambda each: each[0])
            codes = tuple(signal.code for signal in signals if signal.found)
            self.found.append(Suspicion(life.case.appeal_id, self._agency_id, score, codes, cheat))

    def _said(self, life: Life, done: Done) -> Said:
        reply = life.replies[done.note_id]
        service = self._directory.services[life.case.service_code or ""]
        return Said(
            appeal=life.text.appeal,
            reply=reply,
            pictures=life.pictures if service.evidence_required else None,
            copies=self._copies(life.case.appeal_id, reply, self._month(done)),
        )

    def _copies(self, appeal_id: str, reply: str, month: str) -> Copies:
        mine = Entry(appeal_id, signature(reply))
        shelves = shelves_of(mine.signed, month)
        if shelves is None:
            return Copies(0, 0)
        others = {entry for name in shelves.all for entry in self._known.get(name, ())}
        if len(own := self._known[shelves.own]) < _REMEMBERED:
            own.append(mine)
        return copies_of(mine, others, self._directory.signals.copy_similarity)

    def _month(self, done: Done) -> str:
        return month_of(done.at, self._directory.city.timezone)


class Precision(NamedTuple):
    """How many of the ``k`` highest scores are of orders on which somebody cheated."""

    k: int
    right: int
    planted: int
    weighed: int

    @property
    def share(self) -> float:
        """Precision at k."""
        return self.right / self.k if self.k else 0.0


def precision_at(k: int, suspicions: Sequence[Suspicion]) -> Precision:
    """Precision of the ``k`` highest scores; of equal scores none is preferred.

    Where orders of the same score go beyond ``k``, they count with the share of them that cheated.
    """
    ranked = sorted(suspicions, key=lambda each: (-each.score, each.appeal_id))
    chosen = ranked[:k]
    lowest = chosen[-1].score if chosen else 0
    above = [each for each in chosen if each.score > lowest]
    ties = [each for each in suspicions if each.score == lowest]
    of_ties = sum(each.cheat is not None for each in ties) * (len(chosen) - len(above)) / max(len(ties), 1)
    right = sum(each.cheat is not None for each in above) + of_ties
    planted = sum(each.cheat is not None for each in suspicions)
    return Precision(len(chosen), round(right), planted, len(suspicions))
