"""A labelled set: real appeals with the replies they got, into which cheats are planted at a known share.

What an agency wrote is real. When it called, what the citizen said, pictures and limits are invented, the
same way for everybody and with the sloppiness of honest people, so that no cheat is plain by accident.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

Kind = Literal["skipped_contact", "copied_reply", "boilerplate", "swapped_reply", "last_minute"]

KINDS: tuple[Kind, ...] = ("skipped_contact", "copied_reply", "boilerplate", "swapped_reply", "last_minute")
AGENCIES = 20
LIMIT = timedelta(days=15)
SAYS_SOMETHING = 100
"""Characters of a real reply below which it is left out: most of these say nothing, which is what is looked for."""

ANSWERED, FORGOTTEN, UNRESOLVED = 0.4, 0.05, 0.3
"""Shares of honest orders: surveys answered, contacts that the citizen does not remember, "not resolved"."""

SLOPPY, PICTURES_WANTED, PICTURES_FORGOTTEN = 0.03, 0.2, 0.1
"""Shares of honest orders: contacts noted only with the result, services that demand pictures, none sent."""

_COPIES = 6
_SENTENCE_END = re.compile(r"(?<=[，。！？；!?;])")
_NAMED = re.compile(r"[0-9A-Z]")


class NoSet(Exception):
    """No labelled set can be made; the message says why."""


class Exchange(NamedTuple):
    """An appeal and the reply that it got."""

    number: int
    appeal: str
    reply: str
    asked_at: datetime
    replied_at: datetime


class Order(NamedTuple):
    """An order as the weighing sees it; ``kind`` is the planted cheat, None for honest work."""

    appeal_id: str
    agency: int
    appeal: str
    reply: str
    resolved_at: datetime
    contacted_at: datetime | None
    due_at: datetime
    answers: str | None
    pictures: int | None
    kind: Kind | None = None


def read(path: Path) -> list[Exchange]:
    """The exchanges of a JSONL file with ``id``, ``title``, ``at``, ``text``, ``reply``, ``replied_at``.

    Rows without a time are left out.

    Raises:
        NoSet: there is no such file, or it is of another form.
    """
    try:
        with path.open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file if line.strip()]
            return [_exchange(row) for row in rows if row["at"] and row["replied_at"]]
    except OSError as error:
        raise NoSet(f"{path} cannot be read ({error.strerror}); give --file") from None
    except (KeyError, TypeError, ValueError) as error:
        raise NoSet(f"{path} is no file of appeals and replies: {error!r}") from None


def _exchange(row: Mapping[str, str]) -> Exchange:
    asked_at, replied_at = (datetime.fromisoformat(row[name]) for name in ("at", "replied_at"))
    return Exchange(int(row["id"]), f"{row['title']}\n{row['text']}", row["reply"], asked_at, replied_at)


def halves(exchanges: Iterable[Exchange]) -> tuple[list[Exchange], list[Exchange]]:
    """The half on which phrases and thresholds were chosen (even ids), and the one to be measured on."""
    read = list(exchanges)
    return [each for each in read if each.number % 2 == 0], [each for each in read if each.number % 2]


def plant(
    exchanges: Sequence[Exchange], other_half: Iterable[Exchange], share: float, seed: int
) -> list[Order]:
    """Make orders of exchanges, and cheats of a share of them, as many of each kind.

    Args:
        other_half: whose most usual sentences the boilerplate is made of.
    """
    rng = random.Random(seed)
    orders = [_honest(each, rng) for each in exchanges if len(each.reply) >= SAYS_SOMETHING]
    chosen = rng.sample(range(len(orders)), k=round(share * len(orders)))
    drawn: dict[Kind, list[int]] = {kind: chosen[place :: len(KINDS)] for place, kind in enumerate(KINDS)}
    honest = [order for at, order in enumerate(orders) if at not in set(chosen)]
    usual = usual_sentences(other_half)
    cheats: dict[Kind, Callable[[Order], Order]] = {
        "skipped_contact": lambda order: _skip_contact(order, rng),
        "boilerplate": lambda order: order._replace(reply=_boilerplate(usual, rng)),
        "swapped_reply": lambda order: order._replace(reply=_of_another_agency(order, honest, rng)),
        "last_minute": lambda order: _at_the_last_minute(order, rng),
    }
    for kind, cheat in cheats.items():
        for at in drawn[kind]:
            orders[at] = cheat(orders[at])._replace(kind=kind)
    for start in range(0, len(drawn["copied_reply"]), _COPIES):
        source = rng.choice(honest)
        for at in drawn["copied_reply"][start : start + _COPIES]:
            orders[at] = _copy(orders[at], source, rng)._replace(kind="copied_reply")
    return orders


def usual_sentences(exchanges: Iterable[Exchange]) -> list[str]:
    """Sentences that at least three real replies have in common: boilerplate as agencies write it."""
    found: Counter[str] = Counter()
    for each in exchanges:
        parts = {part.strip() for part in _SENTENCE_END.split(each.reply)}
        found.update(part for part in parts if 4 < len(part) < 30 and not _NAMED.search(part))
    return sorted(part for part, count in found.items() if count >= 3)


def _honest(exchange: Exchange, rng: random.Random) -> Order:
    span = max(exchange.replied_at - exchange.asked_at, timedelta(hours=2))
    resolved_at = exchange.asked_at + span
    contacted_at = exchange.asked_at + span * rng.uniform(0.05, 0.8)
    if rng.random() < SLOPPY:
        contacted_at = resolved_at - timedelta(minutes=2)
    pictures = None
    if rng.random() < PICTURES_WANTED:
        pictures = 0 if rng.random() < PICTURES_FORGOTTEN else 1
    return Order(
        appeal_id=f"{exchange.number:017d}",
        agency=rng.randrange(AGENCIES),
        appeal=exchange.appeal,
        reply=exchange.reply,
        resolved_at=resolved_at,
        contacted_at=contacted_at,
        due_at=exchange.asked_at + LIMIT,
        answers=_answers(FORGOTTEN, UNRESOLVED, rng),
        pictures=pictures,
    )


def _answers(not_contacted: float, not_resolved: float, rng: random.Random) -> str | None:
    if rng.random() >= ANSWERED:
        return None
    contacted = "n" if rng.random() < not_contacted else "y"
    resolved = "n" if rng.random() < not_resolved else "y"
    return contacted + resolved + resolved


def _skip_contact(order: Order, rng: random.Random) -> Order:
    """Nobody called; half of them note a call at the last moment."""
    noted = order.resolved_at - timedelta(minutes=rng.uniform(0, 3)) if rng.random() < 0.5 else None
    return order._replace(contacted_at=noted, answers=_answers(0.8, 0.6, rng))


def _boilerplate(usual: Sequence[str], rng: random.Random) -> str:
    """Four to seven sentences that are said whatever the matter."""
    return "".join(rng.sample(usual, k=min(len(usual), rng.randint(4, 7))))


def _of_another_agency(order: Order, honest: Sequence[Order], rng: random.Random) -> str:
    """The reply to another matter."""
    return rng.choice([each for each in honest if each.agency != order.agency]).reply


def _at_the_last_minute(order: Order, rng: random.Random) -> Order:
    """Done in the last minutes before the limit, whatever it is worth."""
    due_at = order.resolved_at + timedelta(minutes=rng.uniform(0.2, 8))
    return order._replace(due_at=due_at, answers=_answers(FORGOTTEN, 0.6, rng))


def _copy(order: Order, source: Order, rng: random.Random) -> Order:
    """One honest reply for several orders of its agency; half of the copies leave a sentence out."""
    sentences = _SENTENCE_END.split(source.reply)
    if rng.random() < 0.5 and len(sentences) > 2:
        sentences.pop(rng.randrange(len(sentences)))
    return order._replace(agency=source.agency, reply="".join(sentences))
