"""办: take what agencies' systems answer on the replies queue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hotline.domain.actor import Actor, Role
from hotline.domain.case import Case
from hotline.domain.directory import Directories
from hotline.domain.errors import HotlineError, NotFound, TransitionNotAllowed, VersionConflict
from hotline.domain.identifiers import same
from hotline.domain.orders import AgencyReply
from hotline.domain.tokens import Tokens, command_fingerprint
from hotline.ports import AgencyQueues, Cases, WordsStore
from hotline.ports import Clock as Now
from hotline.use_cases.act_on_order import apply_command, keep_note
from hotline.use_cases.deliver_orders import refusal_message

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
        loaded = self._cases.get_many([reply.appeal_id for reply, _ in replies])
        failed = self._pass(range(len(replies)), replies, loaded)
        while early := [place for place, error in failed.items() if isinstance(error, TooEarly)]:
            # Queues reorder: what came before its turn may have it now that the rest is done.
            again = self._pass(early, replies, loaded)
            failed = {place: error for place, error in failed.items() if place not in early} | again
            if len(again) == len(early):
                break
        return failed

    def _pass(
        self, places: Iterable[int], replies: Sequence[tuple[AgencyReply, int]], loaded: dict[str, Case]
    ) -> dict[int, HotlineError]:
        failed: dict[int, HotlineError] = {}
        for place in places:
            reply, receives = replies[place]
            try:
                self._take(reply, receives, loaded)
            except HotlineError as error:
                failed[place] = error
                # What the failed reply has done to the loaded case must not be saved by the next one.
                loaded.pop(reply.appeal_id, None)
                loaded |= self._cases.get_many([reply.appeal_id])
        return failed

    def _take(self, reply: AgencyReply, receives: int, loaded: dict[str, Case]) -> None:
        if not same(self._tokens.reply_token(reply.work_order_id, reply.agency_id), reply.reply_token):
            raise ReplyUnproven
        command_id = command_fingerprint(reply.agency_id, reply.command_id)
        case = loaded.get(reply.appeal_id)
        if case is not None and case.knows(command_id):
            return
        try:
            if case is None:
                raise NotFound("work order")
            self._carry_out(case, reply, command_id)
        except VersionConflict as error:
            raise Conflicted from error
        except HotlineError as error:
            if error.retryable:
                raise
            if case is not None and _may_come_true(error, case) and receives < PATIENCE:
                raise TooEarly from error
            self._refuse(reply, case, error)

    def _carry_out(self, case: Case, reply: AgencyReply, command_id: str) -> None:
        by = Actor(role=Role.AGENCY, subject=reply.officer or "", agency_id=reply.agency_id)
        at = self._now()
        directory = self._directories.current()
        apply_command(case, reply.action, by=by, at=at, command_id=command_id, directory=directory)
        keep_note(case, reply.action, by=by, at=at, words=self._words)
        self._cases.save(case)

    def _refuse(self, reply: AgencyReply, case: Case | None, error: HotlineError) -> None:
        message = refusal_message(reply, case, error, self._now())
        self._queues.send(reply.agency_id, message)


def _may_come_true(error: HotlineError, case: Case) -> bool:
    return isinstance(error, TransitionNotAllowed) and not case.status.ended
