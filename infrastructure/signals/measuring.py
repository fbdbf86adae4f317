"""How well doubtful results are found: precision and recall among the highest scores."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from hotline.domain.signal_rules import KEPT, SignalPolicy
from hotline.domain.signals import Done, Said, StockPhrases, measure, weigh
from hotline.domain.text_copies import Copies, Entry, Shelves, copies_of, shelves_of, signature
from infrastructure.signals.labelled import KINDS, Kind, Order

Progress = Callable[[int, int], None]


class Scored(NamedTuple):
    """An order with its score and the signals that were found."""

    order: Order
    score: int
    codes: tuple[str, ...]


class Figures(NamedTuple):
    """What the highest scores are worth.

    Attributes:
        what: a kind of cheat, measured among honest orders and its own alone; or all.
        k: how many of the highest scores are looked at.
        chance: precision that a blind choice can expect.
    """

    what: str
    planted: int
    k: int
    precision: float
    recall: float
    chance: float


def score(orders: Sequence[Order], policy: SignalPolicy, progress: Progress | None = None) -> list[Scored]:
    """Weigh every order as the worker does when all have closed: with every copy known."""
    shelves: dict[str, list[Entry]] = {}
    entries = [Entry(order.appeal_id, signature(order.reply)) for order in orders]
    for order, entry in zip(orders, entries, strict=True):
        places = _shelves(order, entry)
        if places and len(shelf := shelves.setdefault(places.own, [])) < KEPT:
            shelf.append(entry)
    phrases = StockPhrases(policy.phrases)
    scored = []
    for place, (order, entry) in enumerate(zip(orders, entries, strict=True), 1):
        places = _shelves(order, entry)
        near = [each for name in (places.all if places else ()) for each in shelves.get(name, ())]
        copies = copies_of(entry, near, policy.copy_similarity)
        total, signals = weigh(measure(_done(order), _said(order, copies), phrases), policy)
        scored.append(Scored(order, total, tuple(each.code for each in signals if each.found)))
        if progress is not None:
            progress(place, len(orders))
    return scored


def _shelves(order: Order, entry: Entry) -> Shelves | None:
    return shelves_of(entry.signed, str(order.agency))


def _done(order: Order) -> Done:
    return Done(
        number=5,
        agency_id=str(order.agency),
        at=order.resolved_at,
        note_id="reply",
        contacts=int(order.contacted_at is not None),
        contacted_at=order.contacted_at,
        due_at=order.due_at,
        answers=order.answers,
    )


def _said(order: Order, copies: Copies) -> Said:
    return Said(order.appeal, order.reply, order.pictures, copies)


def figures(scored: Sequence[Scored], k: int, seed: int) -> list[Figures]:
    """Precision and recall at k: of every kind among honest orders, then of all together.

    Equal scores are put in a random order, so that none is ahead by accident.
    """
    return [
        *(_at_k(kind, _with_kind(scored, kind), k, seed) for kind in KINDS),
        _at_k("all", scored, k, seed),
    ]


class Shown(NamedTuple):
    """How many orders show a signal that is meant for a kind of cheat: the cheats, and honest work."""

    what: str
    signals: str
    cheats: float
    honest: float


MEANT: Mapping[Kind, frozenset[str]] = {
    "skipped_contact": frozenset({"no_contact", "contact_at_resolve", "contact_denied"}),
    "copied_reply": frozenset({"near_text", "same_text"}),
    "boilerplate": frozenset({"boilerplate_reply", "thin_reply"}),
    "swapped_reply": frozenset({"unrelated_reply"}),
    "last_minute": frozenset({"just_before_limit"}),
}


def shown(scored: Sequence[Scored]) -> list[Shown]:
    """Each kind by the signals that are meant for it, whatever the score."""
    return [
        Shown(kind, ", ".join(sorted(codes)), _share(scored, kind, codes), _share(scored, None, codes))
        for kind, codes in MEANT.items()
    ]


def _share(scored: Sequence[Scored], kind: Kind | None, codes: frozenset[str]) -> float:
    of_kind = [each for each in scored if each.order.kind == kind]
    return sum(not codes.isdisjoint(each.codes) for each in of_kind) / len(of_kind) if of_kind else 0.0


def at_threshold(scored: Sequence[Scored], threshold: int) -> Figures:
    """The same for whatever a reviewer is asked about."""
    return _figures(f"score {threshold}+", scored, [each for each in scored if each.score >= threshold])


def shuffled(scored: Sequence[Scored], seed: int) -> list[Scored]:
    """The same scores with the labels dealt out anew: nothing is to be found in these."""
    kinds = [each.order.kind for each in scored]
    random.Random(seed).shuffle(kinds)
    return [
        each._replace(order=each.order._replace(kind=kind)) for each, kind in zip(scored, kinds, strict=True)
    ]


def _with_kind(scored: Sequence[Scored], kind: Kind) -> list[Scored]:
    return [each for each in scored if each.order.kind in (None, kind)]


def _at_k(what: str, scored: Sequence[Scored], k: int, seed: int) -> Figures:
    mixed = random.Random(seed).sample(list(scored), k=len(scored))
    ranked = sorted(mixed, key=lambda each: -each.score)
    return _figures(what, scored, ranked[: min(k, _planted(scored))])


def _figures(what: str, scored: Sequence[Scored], top: Sequence[Scored]) -> Figures:
    planted, hits = _planted(scored), _planted(top)
    return Figures(
        what=what,
        planted=planted,
        k=len(top),
        precision=hits / len(top) if top else 0.0,
        recall=hits / planted if planted else 0.0,
        chance=planted / len(scored) if scored else 0.0,
    )


def _planted(scored: Sequence[Scored]) -> int:
    return sum(each.order.kind is not None for each in scored)
