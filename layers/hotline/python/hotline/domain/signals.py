"""What makes an agency's "done" doubtful: a transparent score that sends the order to a reviewer.

A signal punishes nobody and proves nothing. Each has a value that was measured, the threshold it was held
against, and a weight; the score is the sum of the weights of those that were found, at most 100. All of
these are the city's data (``signal_rules.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from hotline.domain.case import Case
from hotline.domain.events import Event
from hotline.domain.lexicon import Lexicon, normalise
from hotline.domain.model import Frozen
from hotline.domain.signal_rules import SignalCode, SignalPolicy
from hotline.domain.similarity import runs_of
from hotline.domain.text_copies import Copies

HIGHEST = 100
"""The highest score."""

_GIVEN = frozenset({"WorkOrderDispatched", "WorkOrderRedispatched", "ReturnUpheld"})
_ANSWERED = frozenset({"WorkOrderReopened", "WorkOrderClosed", "SurveyAnswerChanged"})
_NO_WORD = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[0-9]+")

_TELLING = 20
"""Runs that a reply must have beside stock phrases to be held against the appeal; below it is thin."""


# ---- what an agency did ------------------------------------------------------------------------------


class Done(Frozen):
    """One time that an agency said "done", and what its history tells of it.

    Attributes:
        number: of the event.
        note_id: the reply.
        contacts: how often the citizen was contacted since the order was given, or was sent back by the
            citizen; None when its beginning is no longer at hand.
        contacted_at: the first of these times.
        due_at: the handling limit then, as far as it is known.
        answers: what the citizen said about it, as three letters; None until there is a word.
    """

    number: int
    agency_id: str
    at: datetime
    note_id: str
    contacts: int | None = None
    contacted_at: datetime | None = None
    due_at: datetime | None = None
    answers: str | None = None


def times_done(case: Case) -> list[Done]:
    """Every time that agencies said "done", oldest first, as far back as the case's own events go."""
    found: list[Done] = []
    contacts: list[datetime] | None = [] if case.first_event == 1 else None
    due_at: datetime | None = None
    for event in case.events:
        facts = event.facts
        if event.name in _GIVEN or (event.name == "WorkOrderReopened" and "answers" in facts):
            contacts, due_at = [], None
        elif event.name == "CitizenContacted" and contacts is not None:
            contacts.append(event.at)
        elif "due_at" in facts and facts.get("clock", "handling") == "handling":
            due_at = datetime.fromtimestamp(facts["due_at"], event.at.tzinfo)
        if event.name == "WorkOrderResolved":
            done = _done(event, contacts, due_at)
            found.append(done.model_copy(update={"due_at": _limit(case, done)}))
        elif event.name in _ANSWERED and found and (answers := _answers(event)):
            found[-1] = found[-1].model_copy(update={"answers": answers})
    return found


def _done(event: Event, contacts: Sequence[datetime] | None, due_at: datetime | None) -> Done:
    return Done(
        number=event.number,
        agency_id=event.actor.partition(":")[2].partition("/")[0],
        at=event.at,
        note_id=event.facts["note"],
        contacts=None if contacts is None else len(contacts),
        contacted_at=contacts[0] if contacts else None,
        due_at=due_at,
    )


def _limit(case: Case, done: Done) -> datetime | None:
    """The limit of this very time: the clock's while it still shows it, else the last that was told."""
    clock = case.clocks.get("handling")
    return clock.due_at if clock is not None and clock.stopped_at == done.at else done.due_at


def _answers(event: Event) -> str | None:
    """The citizen's own answers; what was said of an earlier time is repeated by a closing in silence."""
    if event.facts.get("outcome") == "no_answer":
        return None
    answers: str | None = event.facts.get("answers")
    return answers


# ---- what it said ------------------------------------------------------------------------------------


class Reply(NamedTuple):
    """A reply, taken apart.

    Attributes:
        stock: share of it that consists of stock phrases, from 0 to 1.
        runs: the runs of characters of the rest that tell something.
    """

    stock: float
    runs: frozenset[str]


class StockPhrases:
    """The city's stock phrases, ready to be taken out of texts.

    A single character among them is a filler: a run with one in it tells nothing about the matter.

    Example:
        >>> reply = StockPhrases(("您好", "感谢您的关注")).take_out("您好！已换灯泡。感谢您的关注！")
        >>> round(reply.stock, 2), sorted(reply.runs)
        (0.67, ['已换', '换灯', '灯泡'])
    """

    def __init__(self, phrases: Sequence[str]) -> None:
        self._lexicon = Lexicon(dict.fromkeys(phrase for phrase in phrases if len(phrase) > 1))
        self._fillers = frozenset(phrase for phrase in phrases if len(phrase) == 1)

    def take_out(self, text: str) -> Reply:
        """What a text says beside them."""
        folded, rest, behind, stock = plain(text), [], 0, 0
        for match in self._lexicon.find(folded):
            rest.append(folded[behind : match.start])
            behind, stock = match.end, stock + match.end - match.start
        rest.append(folded[behind:])
        runs = (run for part in rest for run in runs_of(part) if len(run) > 1)
        telling = frozenset(run for run in runs if self._fillers.isdisjoint(run))
        return Reply(stock / len(folded) if folded else 1.0, telling)


def plain(text: str) -> str:
    """A text without punctuation, width, case and the value of numbers.

    Example:
        >>> plain("您的 留言，已于12月3日 收悉。")
        '您的留言已于0月0日收悉'
    """
    return normalise(_NO_WORD.sub(" ", _NUMBER.sub("0", normalise(text))))


def relation(appeal: Reply, reply: Reply) -> float:
    """How much a reply has to do with an appeal: the cosine of their sets of runs, from 0 to 1.

    Example:
        >>> relation(Reply(0, frozenset({"路灯", "灯坏"})), Reply(0, frozenset({"路灯", "已修"})))
        0.5
    """
    both = len(appeal.runs) * len(reply.runs)
    return float(len(appeal.runs & reply.runs) / both**0.5) if both else 0.0


# ---- the score ---------------------------------------------------------------------------------------


class Said(NamedTuple):
    """The words that a finding is made from; None where they are sealed or erased.

    Attributes:
        pictures: how many the reply has; None where the service demands none.
        copies: other orders of the agency with the same reply.
    """

    appeal: str | None = None
    reply: str | None = None
    pictures: int | None = None
    copies: Copies | None = None


class Signal(Frozen):
    """One signal as it was measured; ``value`` is None where there was nothing to measure."""

    code: SignalCode
    value: float | None = None
    threshold: float
    weight: int
    found: bool


class Finding(Frozen):
    """What was found about one "done" of an agency; it holds nobody's words.

    Attributes:
        catalogue: version of the directory whose weights and thresholds were used.
    """

    appeal_id: str
    number: int
    agency_id: str
    service_code: str | None = None
    resolved_at: datetime
    catalogue: str
    score: int
    signals: tuple[Signal, ...]

    @property
    def codes(self) -> list[SignalCode]:
        """The signals that were found."""
        return [signal.code for signal in self.signals if signal.found]


def weigh(values: Mapping[SignalCode, float | None], policy: SignalPolicy) -> tuple[int, tuple[Signal, ...]]:
    """Hold measured values against the rules.

    Args:
        values: by signal; what could not be measured is None, what has nothing to do with it left out.

    Returns:
        The score, and every signal with its value.

    Example:
        >>> from hotline.domain.signal_rules import SignalRule
        >>> rule = SignalRule(code="no_contact", weight=40, threshold=1,
        ...     name_zh="", name_en="", why_zh="", why_en="")
        >>> weigh({"no_contact": 0}, SignalPolicy(rules=(rule,)))[0]
        40
    """
    signals = tuple(
        Signal(
            code=rule.code,
            value=None if (value := values[rule.code]) is None else round(value, 4),
            threshold=rule.threshold,
            weight=rule.weight,
            found=value is not None and rule.finds(value),
        )
        for rule in policy.rules
        if rule.code in values
    )
    return min(HIGHEST, sum(signal.weight for signal in signals if signal.found)), signals


def measure(done: Done, said: Said, phrases: StockPhrases) -> dict[SignalCode, float | None]:
    """Every value of one "done"."""
    return {**_of_contact(done), **_of_limit(done), **_of_answers(done), **_of_words(said, phrases)}


def _of_contact(done: Done) -> dict[SignalCode, float | None]:
    first = done.contacted_at
    return {
        "no_contact": done.contacts,
        "contact_at_resolve": None if first is None else _minutes(done.at - first),
    }


def _of_limit(done: Done) -> dict[SignalCode, float | None]:
    left = None if done.due_at is None else _minutes(done.due_at - done.at)
    return {"just_before_limit": None if left is None or left < 0 else left}


def _of_answers(done: Done) -> dict[SignalCode, float | None]:
    said = done.answers
    return {
        "contact_denied": float(said[0] == "n") if said and done.contacts else None,
        "result_denied": float(said[1] == "n") if said else None,
    }


def _of_words(said: Said, phrases: StockPhrases) -> dict[SignalCode, float | None]:
    values: dict[SignalCode, float | None] = dict.fromkeys(
        ("unrelated_reply", "boilerplate_reply", "thin_reply", "near_text", "same_text")
    )
    if said.pictures is not None:
        values["no_photo"] = said.pictures
    if said.copies is not None:
        values["near_text"], values["same_text"] = said.copies
    if said.reply is not None:
        reply = phrases.take_out(said.reply)
        values["boilerplate_reply"], values["thin_reply"] = reply.stock, len(reply.runs)
        if said.appeal is not None and len(reply.runs) >= _TELLING:
            values["unrelated_reply"] = relation(phrases.take_out(said.appeal), reply)
    return values


def _minutes(span: timedelta) -> float:
    return span.total_seconds() / 60
