"""What a run shows: a bar while it goes on, tables when it is over."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from infrastructure.demo.account import Problem, Seen, ending, told_twice
from infrastructure.demo.habits import Habits
from infrastructure.demo.proportions import Proportion, proportions
from infrastructure.demo.run import Outcome
from infrastructure.demo.run import Progress as Far

Json = dict[str, Any]

SHOWN_PROBLEMS = 50


class Step(NamedTuple):
    """How long one step of the chain took, in seconds, over all appeals; sorted."""

    name: str
    seconds: Sequence[float]


class Bar:
    """The progress bar: over of all, rate, and how many are where."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("[bold]appeals"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
        )
        self._task = self._progress.add_task("appeals", total=None, note="")
        self._first: int | None = None

    def __enter__(self) -> Callable[[Far], None]:
        self._progress.start()
        return self._show

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _show(self, far: Far) -> None:
        if self._first is None:
            self._first = far.over
        elapsed = self._progress.tasks[0].elapsed or 0.0
        rate = (far.over - self._first) / elapsed if elapsed else 0.0
        stages = "  ".join(f"{name} {count}" for name, count in sorted(far.stages.items()))
        note = f"{rate:.1f}/s  posted {far.posted}  {stages}"
        self._progress.update(self._task, completed=far.over, total=far.total, note=note)


def show(
    console: Console,
    outcome: Outcome,
    habits: Habits,
    timings: Mapping[str, Sequence[float]],
    receipts: Callable[[str], Mapping[tuple[str, str], float]],
) -> None:
    """Print the tables of a finished run."""
    console.print(_states(outcome.seen))
    console.print(_rates(outcome.seen))
    console.print(_proportions(proportions(outcome.seen, habits)))
    steps = list(steps_of(outcome.seen, receipts))
    console.print(_durations("Steps of the chain (event times have whole seconds)", "step", steps))
    calls = [Step(name, seconds) for name, seconds in timings.items()]
    console.print(_durations("Calls over HTTP", "call", calls))
    rate = outcome.finished / outcome.seconds if outcome.seconds else 0.0
    console.print(
        f"[bold]{outcome.finished} appeals through the whole chain in {outcome.seconds:.1f} s: {rate:.1f} a second[/]"
    )
    if slowest := max(steps, key=lambda step: quantile(step.seconds, 0.5), default=None):
        console.print(f"Slowest step: {slowest.name}, half within {quantile(slowest.seconds, 0.5):.1f} s")


def show_account(console: Console, outcome: Outcome) -> None:
    """Print whether every appeal is accounted for, and if not, which is not."""
    accounted = sum(ending(each) is not None for each in outcome.seen)
    if twice := told_twice(outcome.seen):
        console.print(f"[yellow]{twice} surveys were announced twice: was a worker ended in between?[/]")
    if not outcome.problems and not outcome.dead:
        console.print(
            f"[bold green]{len(outcome.seen)} in, {accounted} accounted for: "
            "none lost, duplicated, stuck or undelivered; no dead letters[/]"
        )
        return
    console.print(f"[bold red]{len(outcome.seen)} in, {accounted} accounted for. What is wrong:[/]")
    for problem in outcome.problems[:SHOWN_PROBLEMS]:
        console.print(f"  {_line(problem)}", highlight=False, markup=False)
    if len(outcome.problems) > SHOWN_PROBLEMS:
        console.print(f"  … and {len(outcome.problems) - SHOWN_PROBLEMS} more")
    for queue, dead in outcome.dead.items():
        console.print(f"  {dead} messages died in {queue}: hotline queues peek {queue}")


def steps_of(
    everything: Iterable[Seen], receipts: Callable[[str], Mapping[tuple[str, str], float]]
) -> Iterator[Step]:
    """How long each step took, from the times of the events and of the messages in the agencies' queues.

    The time between an agency's replies is the demo's own and is not a step.
    """
    found: dict[str, list[float]] = {}
    for seen in everything:
        if seen.order:
            for name, seconds in _steps_of(seen.order, receipts(seen.order["work_order_id"])):
                found.setdefault(name, []).append(max(seconds, 0.0))
    yield from (Step(name, sorted(seconds)) for name, seconds in found.items())


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value that ``share`` of an ordered sequence does not exceed.

    Example:
        >>> quantile([1, 2, 3, 4], 0.5)
        2
    """
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)] if ordered else 0.0


def _steps_of(order: Json, received: Mapping[tuple[str, str], float]) -> Iterator[tuple[str, float]]:
    at: dict[str, float] = {}
    for event in order["events"]:
        name, time = event["name"], datetime.fromisoformat(event["at"]).timestamp()
        at.setdefault(name, time)
        if name == "WorkOrderDispatched" and "AppealConcluded" not in at and "AppealUnmerged" not in at:
            who = "rules" if event["actor"].startswith("system") else "operator"
            yield f"registered → dispatched by {who}", time - at["AppealRegistered"]
        taken = next((each for (message, _), each in received.items() if message == _id(order, event)), None)
        if taken is not None and name == "WorkOrderDispatched":
            yield "dispatched → taken from the agency's queue", taken - time
            at["taken"] = taken
        if name == "WorkOrderAcknowledged" and "taken" in at and "WorkOrderReturned" not in at:
            yield "agency's reply → acknowledged", time - at["taken"]
        if name == "SurveyOpened" and "WorkOrderReopened" not in at:
            yield "resolved → survey open", time - at.get("WorkOrderResolved", time)
        if name == "WorkOrderClosed":
            yield "survey open → closed by the citizen", time - at["SurveyOpened"]


def _id(order: Json, event: Json) -> str:
    return f"{order['appeal_id']}:{event['number']}"


def _states(everything: Sequence[Seen]) -> Table:
    table = Table("state", "appeals", "share", title="By state")
    counts = Counter(
        ending(each) or (each.order["status"] if each.order else "not taken") for each in everything
    )
    for name, count in counts.most_common():
        table.add_row(name, str(count), _share(count, len(everything)))
    table.add_row("[bold]all", f"[bold]{len(everything)}", "")
    return table


def _rates(everything: Sequence[Seen]) -> Table:
    orders = [each.order for each in everything if each.order]
    events = Counter((event["name"], _decider(event)) for order in orders for event in order["events"])
    closings = [
        event["facts"] for order in orders for event in order["events"] if event["name"] == "WorkOrderClosed"
    ]
    answered = [facts["answers"] for facts in closings if facts.get("answers")]
    rules, operator = events["WorkOrderDispatched", "rules"], events["WorkOrderDispatched", "operator"]
    returned = sum(count for (name, _), count in events.items() if name == "WorkOrderReturned")
    reopened = sum(count for (name, _), count in events.items() if name == "WorkOrderReopened")
    table = Table("rate", "appeals", "share", title="Rates of this run")
    for name, count, of in (
        ("dispatched by the rules", rules, rules + operator),
        ("dispatched by an operator", operator, rules + operator),
        ("returned and decided about", returned, len(orders)),
        ("not resolved at first, handled again", reopened, len(orders)),
        ("响应 response: contacted", sum(answer[0] == "y" for answer in answered), len(answered)),
        ("解决 resolution: resolved", sum(answer[1] == "y" for answer in answered), len(answered)),
        ("满意 satisfaction: satisfied", sum(answer[2] == "y" for answer in answered), len(answered)),
    ):
        table.add_row(name, str(count), _share(count, of))
    return table


def _proportions(found: Iterable[Proportion]) -> Table:
    table = Table("share", "planned", "seen", "number", "of", title="Stated and seen")
    for each in found:
        of = f"{each.among} {each.of}"
        table.add_row(each.name, f"{each.planned:.0%}", _share(each.seen, each.among), str(each.seen), of)
    return table


def _decider(event: Json) -> str:
    return "rules" if event["actor"].startswith("system") else "operator"


def _durations(title: str, what: str, steps: Sequence[Step]) -> Table:
    table = Table(what, "times", "half within", "95 % within", "longest", title=title)
    for step in sorted(steps, key=lambda step: -quantile(step.seconds, 0.5)):
        figures = (quantile(step.seconds, share) for share in (0.5, 0.95, 1.0))
        table.add_row(step.name, str(len(step.seconds)), *(_duration(figure) for figure in figures))
    return table


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _share(count: int, of: int) -> str:
    return f"{count / of:.1%}" if of else "-"


def _line(problem: Problem) -> str:
    return f"row {problem.row}  {problem.number or 'no number'}  {problem.kind}: {problem.what}"
