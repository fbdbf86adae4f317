"""Messages to citizens: what ``functions/notify`` runs with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from hotline.adapters.aws import NOBODY_WAITS, dynamodb, sns
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.adapters.dynamodb.effects import DynamoDBOnceOnly
from hotline.adapters.messages.console import ConsoleMessenger
from hotline.adapters.messages.sns import SnsMessenger
from hotline.adapters.messages.webhook import WebhookMessenger
from hotline.adapters.secrets import signing_key
from hotline.domain.errors import HotlineError
from hotline.domain.events import Envelope
from hotline.ports import Messenger
from hotline.settings import SettingMissing, setting
from hotline.use_cases.notify_citizens import send_survey_link
from hotline.wiring.common import cases, now, tokens, words
from hotline.wiring.sealed import sealed_words


def send_links(envelopes: Sequence[Envelope]) -> dict[str, HotlineError]:
    """Send the links of a batch of opened surveys; what failed, by event id."""
    failed: dict[str, HotlineError] = {}
    for envelope in envelopes:
        try:
            send_survey_link(
                envelope,
                cases=cases(NOBODY_WAITS),
                words=words(NOBODY_WAITS),
                sealed=sealed_words(NOBODY_WAITS),
                messenger=_messenger(),
                once=DynamoDBOnceOnly(dynamodb(NOBODY_WAITS), setting("EFFECTS_TABLE")),
                tokens=tokens(),
                survey_url=setting("SURVEY_URL"),
                now=now,
            )
        except HotlineError as error:
            failed[envelope.event_id] = error
    return failed


def dead_letters() -> SqsDeadLetters:
    """Where messages go that can never be sent, or may have been."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), "send-messages")


@cache
def _messenger() -> Messenger:
    """The supplier that the stack's ``NotifyChannel`` names."""
    match setting("NOTIFY_CHANNEL"):
        case "sns":
            return SnsMessenger(sns())
        case "webhook":
            return WebhookMessenger(setting("NOTIFY_WEBHOOK_URL"), signing_key("webhook"), now)
        case "console":
            return ConsoleMessenger()
        case other:
            raise SettingMissing(f"NOTIFY_CHANNEL is {other!r}; choose sns, webhook or console")
