"""办: take what agencies' systems answer on the replies queue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hotline.domain.actor import Actor, Role
from hotline.domain.case import Case
from hotline.domain.directory import Directories
from hotline.domain.errors import (
    HotlineError,
    InvalidInput,
    NotFound,
    TransitionNotAllowed,
    VersionConflict,
)
from hotline.domain.identifiers import same
from hotline.domain.orders import Acknowledge, AgencyReply, Arrive, Report, ReportStage
from hotline.domain.side_orders import SideOrder
from hotline.domain.tokens import Tokens, command_fingerprint
from hotline.ports import AgencyQueues, Cases, WordsStore
from hotline.ports import Clock as Now
from hotline.use_cases import act_on_order, act_on_side
from hotline.use_cases.change_case import save_case
from hotline.use_cases.order_messages import refusal_message

PATIENCE = 7
"""Deliveries after which a reply that came too early is refused instead of waiting for its turn.

Their pauses add up to two minutes: longer than an earlier reply stays hidden when its worker dies.
"""


class ReplyUnproven(HotlineError):
    """The reply does not show that its sender holds the order: for the dead-letter queue, with the reason."""

    code = "reply-unproven"
    title = "Reply without proof"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "回复凭证与工单不符", "reply_token does not belong to this order and agency; it is not acted on"
        )


class TooEarly(HotlineError):
    """The order is not yet where the reply expects it: an earlier reply may still be on its way."""

    code = "too-early"
    status = 409
    retryable = True

    def __init__(self) -> None:
        super().__init__(
            "回复先于前序步骤到达，稍后重试", "An earlier reply may still be on its way; tried again"
        )


class Conflicted(HotlineError):
    """Somebody else saved the case first; the reply is tried again on the fresh one."""

    code = "conflicted"
    status = 409
    retryable = True

    def __init__(self) -> None:
        super().__init__("该件刚被更新，稍后重试", "The case has just changed; tried again")


class _Loaded:
    """The cases and the orders beside them that a batch is about, as they were last read."""

    def __init__(self, cases: Cases, replies: Iterable[AgencyReply]) -> None:
        self._cases = cases
        orders = [order for reply in replies if (order := reply.order) is not None]
        self._found = cases.get_many(list(dict.fromkeys(order.appeal_id for order in orders)))
        beside = [order.order_id for order in orders if not order.leads]
        self._sides = {side.work_order_id: side for side in cases.sides(beside)} if beside else {}

    def case(self, reply: AgencyReply) -> Case | None:
        """The case that a reply belongs to."""
        return self._found.get(reply.appeal_id)

    def order(self, reply: AgencyReply) -> Case | SideOrder | None:
        """The order that a reply is about."""
        order = reply.order
        if order is None:
            return None
        return self.case(reply) if order.leads else self._sides.get(order.order_id)

    def read_again(self, appeal_id: str) -> None:
        """Forget what was done to a case and to the orders beside it, and read them afresh."""
        self._found.pop(appeal_id, None)
        self._found |= self._cases.get_many([appeal_id])
        if beside := [side_id for side_id in self._sides if side_id.startswith(f"{appeal_id}.")]:
            self._sides |= {side.work_order_id: side for side in self._cases.sides(beside)}


class TakeReplies:
    """Carries out batches of replies: one read for the batch, one write for each reply.

    A reply that the lifecycle refuses is answered on the agency's own queue (``reply_refused``).
    Only an unproven one is not: its sender is unknown.
    """

    def __init__(
        self,
        *,
        cases: Cases,
        words: WordsStore,
        queues: AgencyQueues,
        directories: Directories,
        tokens: Tokens,
        now: Now,
    ) -> None:
        self._cases = cases
        self._words = words
        self._queues = queues
        self._directories = directories
        self._tokens = tokens
        self._now = now

    def __call__(self, replies: Sequence[tuple[AgencyReply, int]]) -> dict[int, HotlineError]:
        """Take the replies in their order.

        Args:
            replies: each with the number of times it has been delivered.

        Returns:
            What failed, by place in the batch.
        """
        loaded = _Loaded(self._cases, [reply for reply, _ in replies])
        failed = self._pass(range(len(replies)), replies, loaded)
        while early := [place for place, error in failed.items() if isinstance(error, TooEarly)]:
            # Queues reorder: what came before its turn may have it now that the rest is done.
            again = self._pass(early, replies, loaded)
            failed = {place: error for place, error in failed.items() if place not in early} | again
            if len(again) == len(early):
                break
        return failed

    def _pass(
        self, places: Iterable[int], replies: Sequence[tuple[AgencyReply, int]], loaded: _Loaded
    ) -> dict[int, HotlineError]:
        failed: dict[int, HotlineError] = {}
        for place in places:
            reply, receives = replies[place]
            try:
                self._take(reply, receives, loaded)
            except HotlineError as error:
                failed[place] = error
                # What the failed reply has done to what was loaded must not be saved by the next one.
                loaded.read_again(reply.appeal_id)
        return failed

    def _take(self, reply: AgencyReply, receives: int, loaded: _Loaded) -> None:
        if not same(self._tokens.reply_token(reply.work_order_id, reply.agency_id), reply.reply_token):
            raise ReplyUnproven
        command_id = command_fingerprint(reply.agency_id, reply.command_id)
        order = loaded.order(reply)
        if order is not None and order.knows(command_id):
            return
        try:
            if order is None:
                raise NotFound("work order")
            self._carry_out(order, loaded.case(reply), reply, command_id)
        except VersionConflict as error:
            raise Conflicted from error
        except HotlineError as error:
            if error.retryable:
                raise
            if order is not None and _may_come_true(error, order) and receives < PATIENCE:
                raise TooEarly from error
            self._refuse(reply, loaded, error)

    def _carry_out(
        self, order: Case | SideOrder, case: Case | None, reply: AgencyReply, command_id: str
    ) -> None:
        by = Actor(role=Role.AGENCY, subject=reply.officer or "", agency_id=reply.agency_id)
        action, directory = reply.action, self._directories.current()
        if isinstance(order, SideOrder):
            if not isinstance(action, Acknowledge | Arrive | ReportStage | Report):
                raise _NotForThisOrder()
            act_on_side.act_and_keep_words(
                order,
                case,
                action,
                by=by,
                at=self._now(),
                command_id=command_id,
                words=self._words,
                directory=directory,
            )
            act_on_side.save_side(order, case, self._cases)
            return
        if isinstance(action, Arrive | ReportStage | Report):
            raise _NotForThisOrder()
        act_on_order.act_and_keep_words(
            order,
            action,
            by=by,
            at=self._now(),
            command_id=command_id,
            cases=self._cases,
            words=self._words,
            directory=directory,
        )
        save_case(order, self._cases)

    def _refuse(self, reply: AgencyReply, loaded: _Loaded, error: HotlineError) -> None:
        loaded.read_again(reply.appeal_id)
        message = refusal_message(reply, loaded.order(reply), loaded.case(reply), error, self._now())
        self._queues.send(reply.agency_id, message)


class _NotForThisOrder(InvalidInput):
    """A command of lead orders for an order beside one, or the other way round."""

    def __init__(self) -> None:
        message, message_en = "该工单没有这一操作", "is not a command of this kind of order"
        super().__init__([{"field": "action", "message": message, "message_en": message_en}])


def _may_come_true(error: HotlineError, order: Case | SideOrder) -> bool:
    return isinstance(error, TransitionNotAllowed) and not order.status.ended
