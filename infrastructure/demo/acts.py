"""What is done next with an order on which more happens than handling; read from its present state alone.

So it does not matter which message came late or twice, who else acted meanwhile, or how often a run was killed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from infrastructure.demo.habits import Course, Plan

Json = dict[str, Any]

By = Literal["agency", "operator", "supervisor"]

FOLLOWED = frozenset(
    {"registered", "dispatched", "acknowledged", "in_progress", "on_hold", "returned", "merged"}
)
"""Statuses in which something may still have to be done besides asking the citizen."""

MAY_JOIN = FOLLOWED - {"on_hold", "merged"}
"""Statuses in which an appeal can be merged into another."""

MAY_BE_JOINED = FOLLOWED
"""Statuses in which others can be merged into an appeal (of one that is merged, into its leader)."""

DECIDED_BY_SUPERVISORS = frozenset({"extension", "hold"})
"""What is asked of people who have no queue."""

OF_THE_HOTLINE = frozenset({"callback", "verification", "review"})
"""Asked of operators and reviewers, who are not played here: what waits for them is nobody's fault."""

_BEGINNINGS = frozenset({"WorkOrderDispatched", "ConclusionContested", "AppealUnmerged"})

HOLD = timedelta(days=7)
"""Until the review date that an agency asks for; a supervisor lets the demo's orders go on at once."""


class Act(NamedTuple):
    """One command: an agency's goes by its reply, staff's over HTTP."""

    by: By
    command: str
    body: Json


class Others(NamedTuple):
    """Who can be asked about one order: two agencies for an assist, two departments for a summons."""

    assisting: Sequence[str]
    summoned: Sequence[str]


class _Ask(NamedTuple):
    """What must have been asked, and answered, before the agency says done."""

    by: By
    command: str
    side: str | None


_ASKS: Mapping[Course, _Ask] = {
    Course.ASSISTED: _Ask("agency", "request_assist", "assist"),
    Course.SUMMONED: _Ask("agency", "summon", "summons"),
    Course.EXTENDED: _Ask("agency", "request_extension", "extension"),
    Course.HELD: _Ask("agency", "request_hold", "hold"),
    Course.ESCALATED: _Ask("agency", "escalate", "escalation"),
    Course.URGED: _Ask("supervisor", "urge", None),
    Course.SUPERVISED: _Ask("supervisor", "supervise", "supervision"),
}


def is_followed(order: Json) -> bool:
    """Whether the course of an order is not over: nobody has said since it was dispatched that it is done."""
    since: set[str] = set()
    for event in order["events"]:
        since = set() if event["name"] in _BEGINNINGS else since | {event["name"]}
    return order["status"] in FOLLOWED and not since & {"WorkOrderResolved", "SurveyOpened"}


def next_act(order: Json, plan: Plan, others: Others, now: datetime) -> Act | None:
    """What is done next, by whom; None while something is waited for.

    Args:
        order: as an auditor sees it.

    Example:
        >>> order = {"status": "in_progress", "agency_id": "bus", "events": [], "sides": []}
        >>> next_act(order, Plan(course=Course.URGED), Others([], []), datetime.now()).command
        'urge'
    """
    match order["status"]:
        case "dispatched":
            return Act("agency", "acknowledge", ACKNOWLEDGE)
        case "acknowledged":
            return Act("agency", "record_contact", CONTACT)
        case "on_hold":
            return Act("supervisor", "resume", {})
        case "in_progress":
            ask = _ASKS.get(plan.course) if takes_course(plan, order["agency_id"]) else None
            return _done(order) if ask is None else _before_done(order, ask, others, now)
    return None


def next_of_repeat(order: Json, plan: Plan, leader: Json) -> Act | Literal["settled"] | None:
    """What becomes of an appeal that reports again what another does.

    The rules fold what comes word for word; an operator merges what does not, and takes apart again what
    turns out to be another matter.

    Args:
        leader: the order that it repeats, as an auditor sees it.
    """
    events = happened(order)
    if order["status"] == "merged":
        mistaken = plan.likeness == "another matter" and "AppealUnmerged" not in events
        return Act("operator", "unmerge", {"text": ANOTHER_MATTER}) if mistaken else "settled"
    over = order["status"] not in MAY_JOIN or leader["status"] not in MAY_BE_JOINED
    if over or "AppealUnmerged" in events:
        return "settled"
    if order["status"] == "registered" and "DispatchReferred" not in events:
        return None  # the rules have not looked at it yet
    return Act("operator", "merge", {"into": leader["appeal_id"], "text": SAME_MATTER})


def takes_course(plan: Plan, agency_id: str) -> bool:
    """Whether an order of this agency takes the course that is planned for it: only sub-districts summon.

    Example:
        >>> takes_course(Plan(course=Course.SUMMONED), "110101001"), takes_course(Plan(course=Course.SUMMONED), "bus")
        (True, False)
    """
    if plan.course is Course.SUMMONED:
        return is_subdistrict(agency_id)
    return plan.scripted


def is_subdistrict(agency_id: str) -> bool:
    """Whether an agency is a sub-district, by the form of its id."""
    return agency_id.isdecimal() and len(agency_id) == 9


def round_of(order: Json) -> int:
    """Tells apart what is said to an order before and after it was given to somebody anew."""
    given = ("WorkOrderDispatched", "WorkOrderRedispatched", "ReturnUpheld", "WorkOrderReopened")
    return sum(event["name"] in given for event in order["events"])


def happened(order: Json) -> set[str]:
    """The names of everything that has happened to an order."""
    return {event["name"] for event in order["events"]}


def open_sides(order: Json) -> Iterator[Json]:
    """The orders beside it that are not over."""
    return (side for side in order["sides"] if side["status"] not in ("done", "cancelled"))


def _before_done(order: Json, ask: _Ask, others: Others, now: datetime) -> Act | None:
    asked = [side for side in order["sides"] if side["kind"] == ask.side]
    if asked:
        return None if any(side["kind"] == ask.side for side in open_sides(order)) else _done(order)
    if ask.side is None and "WorkOrderUrged" in happened(order):
        return _done(order)
    return Act(ask.by, ask.command, _body(ask.command, others, now))


def _done(order: Json) -> Act:
    waiting = any(side["kind"] in ("assist", "summons") for side in open_sides(order))
    said = resolve(order["appeal_id"], order.get("text"))
    return Act("agency", "resolve", {**said, "without_assists": True} if waiting else said)


def _body(command: str, others: Others, now: datetime) -> Json:
    said: Json = {"text": _TEXTS[command]}
    match command:
        case "request_assist":
            said |= {"agency_ids": list(others.assisting)}
        case "summon":
            said |= {"agency_ids": list(others.summoned)}
        case "request_extension":
            said |= {"amount": 2, "unit": "days", "citizen_told": "phone"}
        case "request_hold":
            said |= {"until": (now + HOLD).isoformat(timespec="seconds"), "citizen_told": "phone"}
        case "urge" | "supervise":
            return said
    return {"command": command, **said}


ACKNOWLEDGE: Json = {"command": "acknowledge"}
CONTACT: Json = {"command": "record_contact", "channel": "phone"}
RESOLVE: Json = {"command": "resolve", "text": "已处理完毕，现场恢复正常。 Dealt with; all is well again."}


def resolve(number: str, said: str | None) -> Json:
    """Say that it is done, in words about this appeal: the same words on every order are a sign that nothing was done.

    Example:
        >>> resolve("000G40R40M30E209B", "楼前路灯不亮")["text"][:20]
        '关于“楼前路灯不亮”：约谈了经营者，违规'
    """
    if not said:
        return RESOLVE
    done = _DONE[sum(map(ord, number)) % len(_DONE)]
    return {"command": "resolve", "text": f"关于“{said[:40]}”：{done} Dealt with on site; the citizen knows."}


_DONE = (
    "工作人员当日到场，清理完毕并拍照留存，已当面说明。",
    "已责成责任单位整改，复查合格，整改情况已告知来电人。",
    "经与产权单位协商，问题已排除，后续由网格员每周巡查。",
    "已安排抢修，晚间恢复正常，并向周边住户张贴告示。",
    "约谈了经营者，违规物品已撤走，执法记录可供查阅。",
    "现场核实后已更换损坏部件，经手人已电话告知来电人。",
    "依据现行办法逐条答复，书面材料已送达，来电人表示知悉。",
)

ANOTHER_MATTER = "核实后不是同一问题，恢复单独办理。 Not the same matter after all."
SAME_MATTER = "与在办诉求反映同一问题，合并办理。 The same matter as an open appeal."

_TEXTS: Mapping[str, str] = {
    "request_assist": "请按各自职责配合办理并反馈。 Please do your part and report.",
    "summon": "请派员到场，共同处置。 Please come to the place.",
    "request_extension": "需采购配件，已向来电人说明。 Parts have to be ordered; the citizen knows.",
    "request_hold": "需待雨季结束后施工，已向来电人说明。 The work must wait for the dry season.",
    "escalate": "涉及多个单位，请上级研究。 More than one agency is needed; please study it.",
    "urge": "请尽快办理并回复。 Please hurry.",
    "supervise": "请书面说明办理情况。 Please report in writing.",
}
