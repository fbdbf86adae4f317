"""Tell agencies what concerns them: a message on their own queue for each event of their orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from hotline.domain.actor import SYSTEM
from hotline.domain.case import Case
from hotline.domain.confidential import may_be_told
from hotline.domain.directory import Directories
from hotline.domain.errors import HotlineError, NotFound
from hotline.domain.events import Envelope
from hotline.domain.lifecycle import Status
from hotline.domain.orders import OrderKind
from hotline.domain.side_orders import SideKind, SideOrder
from hotline.domain.tokens import Tokens
from hotline.ports import AgencyQueues, Cases, Deliveries, Delivery, WordsStore
from hotline.ports import Clock as Now
from hotline.use_cases.order_messages import News, Source, lead_message, side_message


def deliver_orders(
    envelopes: Sequence[Envelope],
    *,
    cases: Cases,
    words: WordsStore,
    deliveries: Deliveries,
    queues: AgencyQueues,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> dict[str, HotlineError]:
    """Send each message once, as far as can be known; its id lets the agency drop a second one.

    Three reads and one write for the whole batch, a fourth read when orders beside lead orders are
    among them, one send a message.

    Returns:
        What failed, by event id; only that is tried again.
    """
    directory = directories.current()
    ids = [envelope.appeal_id for envelope in envelopes]
    loaded, said = cases.get_many(ids), words.words_of(ids)
    sides, leaders = _sides_of(envelopes, cases), _leaders_of(envelopes, loaded, cases)
    addressed: list[tuple[Envelope, News]] = []
    failed: dict[str, HotlineError] = {}
    for envelope in envelopes:
        case = loaded.get(envelope.appeal_id)
        if case is None or (envelope.order_id != envelope.appeal_id and envelope.order_id not in sides):
            failed[envelope.event_id] = NotFound("work order")
            continue
        addressed += (
            (envelope, news)
            for news in _news_of(envelope, case, sides.get(envelope.order_id), leaders)
            if may_be_told(case, news.agency_id, directory)
        )
    if members := {news.member for _, news in addressed if news.member} - said.keys():
        said |= words.words_of(sorted(members))
    done = deliveries.done([(envelope.event_id, news.agency_id) for envelope, news in addressed])
    sent: dict[tuple[str, str], Delivery] = {}
    for envelope, news in addressed:
        address = (envelope.event_id, news.agency_id)
        if address in done:
            continue
        case = leaders.get(envelope.event_id) or loaded[envelope.appeal_id]
        try:
            shown = said.get(news.member or case.appeal_id)
            source = Source(envelope, case, shown, _notes(envelope, words))
            side = sides.get(envelope.order_id)
            message = (
                lead_message(news, source, directory, tokens)
                if side is None
                else side_message(news, source, side, directory, tokens)
            )
            queues.send(news.agency_id, message)
        except HotlineError as error:
            failed[envelope.event_id] = error
            sent[address] = Delivery(*address, "failed", now())
        else:
            sent.setdefault(address, Delivery(*address, "delivered", now()))
    events = {event_id for event_id, _ in sent}
    before = [Delivery(*address, "delivered", now()) for address in done if address[0] in events]
    deliveries.record([*before, *sent.values()])
    return failed


def _sides_of(envelopes: Sequence[Envelope], cases: Cases) -> dict[str, SideOrder]:
    beside = [each.order_id for each in envelopes if each.order_id != each.appeal_id]
    return {side.work_order_id: side for side in cases.sides(beside)} if beside else {}


def _leaders_of(envelopes: Sequence[Envelope], loaded: Mapping[str, Case], cases: Cases) -> dict[str, Case]:
    """By event, the leading case of an appeal that is handled together with another."""
    joined = {
        each.event_id: case.merged_into
        for each in envelopes
        if each.name in _OF_MEMBERS and (case := loaded.get(each.appeal_id)) and case.merged_into
    }
    leaders = cases.get_many(list(joined.values())) if joined else {}
    return {event_id: leaders[leader] for event_id, leader in joined.items() if leader in leaders}


def _news_of(
    envelope: Envelope, case: Case, side: SideOrder | None, leaders: Mapping[str, Case]
) -> Iterator[News]:
    if side is not None:
        return _BESIDE[envelope.name](envelope, case, side)
    if envelope.event_id in leaders:
        return _of_member(envelope, leaders[envelope.event_id])
    return _of_lead_order(envelope, case)


def _of_member(envelope: Envelope, leader: Case) -> Iterator[News]:
    """Whoever handles the leading appeal gets what a joined one adds. That one left is told by the leader."""
    if envelope.name == "AppealSupplemented" and leader.agency_id and _is_held(leader):
        yield News(leader.agency_id, "supplemented", member=envelope.appeal_id)


def _of_lead_order(envelope: Envelope, case: Case) -> Iterator[News]:
    """The lead agency, and the district that supervises it; nobody while no agency holds the order.

    An event of an agency that has lost the order since is news for nobody, and what the hotline itself
    was late with (the dispatch, the decision about a dispute) is not the agency's.
    """
    holder = case.agency_id
    if holder is None or holder != envelope.data.get("agency_id") or not _is_held(case):
        return
    if envelope.data.get("clock") in ("dispatch", "adjudication") or _says_nothing_new(envelope):
        return
    yield News(holder, _OF_LEAD_ORDER[envelope.name], member=envelope.data.get("member"))
    if envelope.name in _BEGINS:
        yield from (News(holder, "joined", member=member) for member in _joined_at_the_desk(envelope, case))
    if envelope.name in _COPIED and case.copy_to and case.copy_to != holder:
        yield News(case.copy_to, _COPIED[envelope.name], copy=True)


def _asked(envelope: Envelope, case: Case, side: SideOrder) -> Iterator[News]:
    """Whoever is asked. Of what superiors ask, the lead and the district that supervises it know too."""
    kind = _ASKS.get(side.kind)
    if kind is None:
        return
    yield News(side.agency_id, kind)
    if side.kind in _KNOWN_ABOVE:
        known = {case.agency_id, case.copy_to} - {None, side.agency_id, side.asked_by}
        yield from (News(agency_id, kind, copy=True) for agency_id in sorted(filter(None, known)))


def _reported(envelope: Envelope, case: Case, side: SideOrder) -> Iterator[News]:
    """The lead gets what others report, and a supervisor's refusal; what is granted is told as such."""
    lead = case.agency_id
    if lead is None or lead == side.agency_id or side.asked_by not in (None, lead) or not _is_held(case):
        return
    if side.kind.asked_of_agency:
        yield News(lead, _REPORTS[envelope.name])
    elif not side.kind.called and envelope.data.get("outcome") == "refused":
        yield News(lead, "request_refused")


def _to_the_asked(kind: OrderKind) -> Callable[[Envelope, Case, SideOrder], Iterator[News]]:
    def news(envelope: Envelope, case: Case, side: SideOrder) -> Iterator[News]:
        if side.kind.asked_of_agency:
            yield News(side.agency_id, kind)

    return news


def _says_nothing_new(envelope: Envelope) -> bool:
    """What the system joins has the very words of the leading appeal: it is counted, not told."""
    return envelope.name == "AppealJoined" and envelope.actor == SYSTEM.signature


def _joined_at_the_desk(envelope: Envelope, case: Case) -> list[str]:
    """The appeals that operators joined to an order before it came, or came back, to its agency."""
    number = int(envelope.event_id.partition(":")[2])
    joined: dict[str, None] = {}
    for event in case.events:
        if event.number > number:
            break
        if event.name == "AppealJoined" and event.actor != SYSTEM.signature:
            joined[event.facts["member"]] = None
        elif event.name == "AppealLeft":
            joined.pop(event.facts["member"], None)
        elif event.name == "WorkOrderReturned" and envelope.name == "ReturnUpheld":
            joined.clear()
    return list(joined)


def _is_held(case: Case) -> bool:
    """Whether an agency holds the order, or was the last to do so."""
    return case.status not in (Status.REGISTERED, Status.RETURNED)


def _notes(envelope: Envelope, words: WordsStore) -> tuple[str, ...]:
    """The words that the event cites: of the citizen, of whoever asks, of whoever reports."""
    wanted = envelope.data.get("note")
    if wanted is None:
        return ()
    return tuple(note.text for note in words.notes(envelope.appeal_id) if note.note_id == wanted)


_OF_LEAD_ORDER: Mapping[str, OrderKind] = MappingProxyType(
    {
        "WorkOrderDispatched": "dispatched",
        "WorkOrderRedispatched": "dispatched",
        "WorkOrderReopened": "reopened",
        "AppealSupplemented": "supplemented",
        "AppealWithdrawn": "withdrawn",
        "AppealMerged": "merged",
        "AppealJoined": "joined",
        "AppealLeft": "left",
        "ReturnUpheld": "return_upheld",
        "WorkOrderUrged": "urged",
        "ExtensionGranted": "extension_granted",
        "WorkOrderHeld": "held",
        "WorkOrderResumed": "resumed",
        "ClockWarned": "clock_warned",
        "ClockBreached": "clock_breached",
    }
)
_BEGINS = frozenset({"WorkOrderDispatched", "WorkOrderRedispatched", "ReturnUpheld"})
"""From here on an agency holds the order, with everything that was joined to it meanwhile."""

_OF_MEMBERS = frozenset({"AppealSupplemented", "AppealWithdrawn"})
"""What the citizen of a joined appeal does concerns whoever handles the leading one."""

_COPIED: Mapping[str, OrderKind] = MappingProxyType(
    {
        "WorkOrderDispatched": "copy",
        "WorkOrderRedispatched": "copy",
        "ClockBreached": "clock_breached",
    }
)
"""What the supervising district is told too (条例 Art 12(1))."""

_ASKS: Mapping[SideKind, OrderKind] = MappingProxyType(
    {
        SideKind.ASSIST: "assist",
        SideKind.OPINION: "opinion",
        SideKind.SUMMONS: "summons",
        SideKind.SUPERVISION: "supervision",
        SideKind.ESCALATION: "escalation",
    }
)
"""What is asked of agencies; supervisors have no queue."""

_KNOWN_ABOVE = frozenset({SideKind.SUPERVISION, SideKind.ESCALATION})

_REPORTS: Mapping[str, OrderKind] = MappingProxyType(
    {"SideOrderStageReported": "side_stage_report", "SideOrderDone": "side_report"}
)

_BESIDE: Mapping[str, Callable[[Envelope, Case, SideOrder], Iterator[News]]] = MappingProxyType(
    {
        "SideOrderAsked": _asked,
        "SideOrderStageReported": _reported,
        "SideOrderDone": _reported,
        "SideOrderCancelled": _to_the_asked("side_cancelled"),
        "SideOrderWarned": _to_the_asked("clock_warned"),
        "SideOrderBreached": _to_the_asked("clock_breached"),
    }
)
TOLD = frozenset(_OF_LEAD_ORDER) | frozenset(_BESIDE)
"""The events that somebody is told of."""
