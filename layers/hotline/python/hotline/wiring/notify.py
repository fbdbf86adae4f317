"""Notices to citizens: what ``functions/notify`` runs with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from hotline.adapters.aws import NOBODY_WAITS, SOMEONE_WAITS, Patience, dynamodb, sns
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.adapters.dynamodb.notices import DynamoDBNotices, DynamoDBOptOuts, DynamoDBProofs
from hotline.adapters.messages.console import ConsoleMessenger
from hotline.adapters.messages.sns import SnsMessenger
from hotline.adapters.messages.webhook import WebhookMessenger
from hotline.adapters.secrets import signing_key
from hotline.domain.actor import Actor
from hotline.domain.errors import HotlineError
from hotline.domain.events import Envelope
from hotline.domain.notices import NoticeState
from hotline.domain.receipts import Receipts, ReceiptsTaken
from hotline.observability import count
from hotline.ports import Messenger, Supplier
from hotline.settings import SettingMissing, setting
from hotline.use_cases import choose_notices, take_receipts
from hotline.use_cases.notify_citizens import notify_citizens
from hotline.use_cases.send_due_notices import DueReport, send_due_notices
from hotline.use_cases.send_notices import NoticeDesk, tally
from hotline.wiring.common import cases, directories, now, tokens, words
from hotline.wiring.sealed import sealed_words

NO_SECOND = "none"


def tell(envelopes: Sequence[Envelope]) -> dict[str, HotlineError]:
    """Tell citizens of a batch of events; what is to come back, by event id."""
    told = notify_citizens(envelopes, _desk())
    counts = tally(told.notices)
    count("NoticesSent", counts.get(NoticeState.SENT, 0))
    count("NoticesParked", counts.get(NoticeState.PARKED, 0))
    return told.failed


def send_due(may_go_on: Callable[[], bool]) -> DueReport:
    """Send what has waited."""
    report = send_due_notices(_desk(), may_go_on)
    count("NoticesSent", report.sent)
    count("NoticesParked", report.parked)
    return report


def prove(body: str, supplier: str, timestamp: str, given: str) -> None:
    """Believe a supplier's receipts, or refuse them."""
    take_receipts.prove_receipts(
        supplier,
        supplier_names(),
        body,
        timestamp,
        given,
        key_of=lambda name: signing_key(f"receipts/{name}"),
        proofs=DynamoDBProofs(dynamodb(), setting("NOTICES_TABLE")),
        now=now,
    )


def take(supplier: str, command: Receipts, given: str) -> ReceiptsTaken:
    """Take receipts in."""
    return take_receipts.take_receipts(
        supplier,
        supplier_names(),
        command,
        given,
        notices=_notices(SOMEONE_WAITS),
        opt_outs=_opt_outs(SOMEONE_WAITS),
        proofs=DynamoDBProofs(dynamodb(), setting("NOTICES_TABLE")),
        tokens=tokens(),
        now=now,
    )


def of_appeal(appeal_id: str, by: Actor) -> choose_notices.NoticeList:
    """The notices of an appeal."""
    return choose_notices.list_notices(appeal_id, by=by, cases=cases(), notices=_notices(SOMEONE_WAITS))


def dead_letters() -> SqsDeadLetters:
    """Where events go that nobody can be told of."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), "send-messages")


def supplier_names() -> tuple[str, ...]:
    """Who carries messages for this stack; the first is asked first."""
    first, second = setting("NOTIFY_CHANNEL"), setting("NOTIFY_FALLBACK")
    return (first,) if second == NO_SECOND else (first, _second_name(first, second))


def _second_name(first: str, second: str) -> str:
    return f"{second}-2" if second == first else second


def _desk() -> NoticeDesk:
    return NoticeDesk(
        cases=cases(NOBODY_WAITS),
        words=words(NOBODY_WAITS),
        sealed=sealed_words(NOBODY_WAITS),
        notices=_notices(NOBODY_WAITS),
        opt_outs=_opt_outs(NOBODY_WAITS),
        suppliers=suppliers(),
        directories=directories(),
        tokens=tokens(),
        pages=setting("PAGES_URL"),
        at_night=setting("NOTICES_AT_NIGHT") == "true",
        now=now,
    )


def _notices(patience: Patience) -> DynamoDBNotices:
    return DynamoDBNotices(dynamodb(patience), setting("NOTICES_TABLE"))


def _opt_outs(patience: Patience) -> DynamoDBOptOuts:
    return DynamoDBOptOuts(dynamodb(patience), setting("NOTICES_TABLE"))


def suppliers() -> tuple[Supplier, ...]:
    first, *second = supplier_names()
    return (Supplier(first, _messenger()), *(Supplier(name, _fallback()) for name in second))


@cache
def _messenger() -> Messenger:
    """The supplier that the stack's ``NotifyChannel`` names."""
    return _made(setting("NOTIFY_CHANNEL"), setting("NOTIFY_WEBHOOK_URL"))


@cache
def _fallback() -> Messenger:
    """The supplier for when the first is out of reach, by ``NotifyFallback``."""
    return _made(setting("NOTIFY_FALLBACK"), setting("NOTIFY_FALLBACK_WEBHOOK_URL"))


def _made(channel: str, webhook_url: str) -> Messenger:
    match channel:
        case "sns":
            return SnsMessenger(sns())
        case "webhook":
            return WebhookMessenger(webhook_url, signing_key("webhook"), now)
        case "console":
            return ConsoleMessenger()
        case other:
            raise SettingMissing(f"no supplier is called {other!r}; choose sns, webhook or console")
