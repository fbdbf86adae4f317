"""督 supervision of truth: what ``functions/supervision`` runs with to weigh signals and to show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hotline.adapters.aws import NOBODY_WAITS, SOMEONE_WAITS, Patience, dynamodb
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.adapters.dynamodb.evidence import DynamoDBEvidence
from hotline.adapters.dynamodb.findings import DynamoDBFindings, DynamoDBTextCopies
from hotline.domain.actor import Actor
from hotline.domain.errors import HotlineError
from hotline.domain.events import Envelope
from hotline.settings import setting
from hotline.use_cases import flag_mass_complaints, read_findings, weigh_signals
from hotline.wiring.common import cases, directories, now, words


def weigh(envelopes: Sequence[Envelope]) -> Mapping[str, HotlineError]:
    """Weigh what agencies say is done, and count what they are given."""
    copies = DynamoDBTextCopies(dynamodb(NOBODY_WAITS), setting("EFFECTS_TABLE"))
    flagged = flag_mass_complaints.flag_mass_complaints(
        envelopes,
        cases=cases(NOBODY_WAITS),
        lists=cases(NOBODY_WAITS),
        words=words(NOBODY_WAITS),
        copies=copies,
        directories=directories(),
        now=now,
    )
    weighed = weigh_signals.weigh_signals(
        envelopes,
        cases=cases(NOBODY_WAITS),
        words=words(NOBODY_WAITS),
        evidence=DynamoDBEvidence(dynamodb(NOBODY_WAITS), setting("TEXTS_TABLE")),
        copies=copies,
        findings=_findings(NOBODY_WAITS),
        directories=directories(),
        now=now,
    )
    return {**flagged, **weighed}


def of_month(month: str, agency_id: str, limit: int, by: Actor) -> read_findings.AgencyFindings:
    """What was found about an agency's month."""
    return read_findings.read_month(
        month, agency_id, limit, by=by, findings=_findings(SOMEONE_WAITS), directories=directories()
    )


def of_order(appeal_id: str, by: Actor) -> read_findings.OrderFindings:
    """What was found about an order."""
    return read_findings.read_order(
        appeal_id, by=by, cases=cases(), findings=_findings(SOMEONE_WAITS), directories=directories()
    )


def dead_letters() -> SqsDeadLetters:
    """Where events go that cannot be weighed."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), "weigh-signals")


def _findings(patience: Patience) -> DynamoDBFindings:
    return DynamoDBFindings(dynamodb(patience), setting("SCORECARDS_TABLE"))
