"""What can become of a case, and how probable it is with a given agency.

A life is a course drawn from this distribution, so the true rates of an agency are no estimate: they are the
mean over all courses of what a case with that course counts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import Literal, NamedTuple

from infrastructure.simulation.agencies import Cheat, Quality

ROUNDS = 3
"""How often a citizen is asked at most before growing tired of answering."""

Letters = str
"""Contacted, resolved, satisfied: such as ``yyn``."""
Correction = Literal["changed", "sent_back", "excluded", "judged"]


class Habits(NamedTuple):
    """Shares between 0 and 1 of what citizens, cheats and reviewers do; all of them ours.

    Attributes:
        answers: citizens who answer when they are asked.
        forgets: citizens who were contacted and say that they were not.
        changes: citizens who resolved matters and say otherwise about satisfaction within the window.
        recants: citizens who said "resolved" and say within the window that it is not.
        excluded: closed orders that a reviewer takes out of the assessment.
        judged: orders closed as not resolved whose dissatisfaction a reviewer finds unreasonable.
        cheated: orders of a cheating agency on which it cheats.
        helped_anyway: citizens whom a cheated order helps, of those whom honest work would have helped.
    """

    answers: float = 0.7
    forgets: float = 0.03
    changes: float = 0.02
    recants: float = 0.01
    excluded: float = 0.02
    judged: float = 0.1
    cheated: float = 0.5
    helped_anyway: float = 0.3


HABITS = Habits()


class Course(NamedTuple):
    """Everything about a life that its score depends on.

    Attributes:
        words: what the citizen says each time that he is asked; None is silence, which ends it.
        correction: what happens after the closing.
    """

    cheat: Cheat | None
    contacted_in_time: bool
    handled_in_time: bool
    words: tuple[Letters | None, ...]
    correction: Correction | None = None


class Courses(NamedTuple):
    """Courses with their probabilities."""

    courses: tuple[Course, ...]
    shares: tuple[float, ...]

    def draw(self, chosen: random.Random, number: int) -> list[Course]:
        """As many courses, drawn independently."""
        return chosen.choices(self.courses, cum_weights=list(accumulate(self.shares)), k=number)


def courses_of(quality: Quality, cheat: Cheat | None, habits: Habits = HABITS) -> Courses:
    """The distribution of courses of an agency's cases; the shares add up to one."""
    shares: dict[Course, float] = {}
    for course, share in _courses(quality, cheat, habits):
        if share > 0:
            shares[course] = shares.get(course, 0.0) + share
    return Courses(tuple(shares), tuple(shares.values()))


def _courses(quality: Quality, cheat: Cheat | None, habits: Habits) -> Iterator[tuple[Course, float]]:
    for done, share in ((cheat, habits.cheated), (None, 1 - habits.cheated)) if cheat else ((None, 1.0),):
        for contacted, contact_share in _in_time(quality.contacts, certain=done == "skipped_contact"):
            for handled, limit_share in _in_time(quality.keeps_limit, certain=done is not None):
                for words, words_share in _conversations(quality, done, habits):
                    course = Course(done, contacted, handled, words)
                    before = share * contact_share * limit_share * words_share
                    for correction, correction_share in _corrections(course, habits):
                        yield course._replace(correction=correction), before * correction_share


def _in_time(share: float, *, certain: bool) -> tuple[tuple[bool, float], ...]:
    return ((True, 1.0),) if certain else ((True, share), (False, 1 - share))


def _conversations(
    quality: Quality, cheat: Cheat | None, habits: Habits
) -> Iterator[tuple[tuple[Letters | None, ...], float]]:
    resolves = quality.resolves * (habits.helped_anyway if cheat else 1.0)
    forgets = 1.0 if cheat == "skipped_contact" else habits.forgets
    for contacted, share in (("n", forgets), ("y", 1 - forgets)):
        for words, words_share in _words(contacted, resolves, quality.satisfies, habits, ROUNDS):
            yield words, share * words_share


def _words(
    contacted: str, resolves: float, satisfies: float, habits: Habits, rounds: int
) -> Iterator[tuple[tuple[Letters | None, ...], float]]:
    answers = habits.answers if rounds else 0.0
    yield (None,), 1 - answers
    if answers:
        yield (f"{contacted}yy",), answers * resolves * satisfies
        yield (f"{contacted}yn",), answers * resolves * (1 - satisfies)
        for rest, share in _words(contacted, resolves, satisfies, habits, rounds - 1):
            yield (f"{contacted}nn", *rest), answers * (1 - resolves) * share


def _corrections(course: Course, habits: Habits) -> Iterator[tuple[Correction | None, float]]:
    last = next((word for word in reversed(course.words) if word), None)
    shares: dict[Correction, float] = {"excluded": habits.excluded}
    if course.words[-1]:
        shares |= {"changed": habits.changes, "sent_back": habits.recants}
    elif last:
        shares["judged"] = habits.judged
    yield from shares.items()
    yield None, 1 - sum(shares.values())
