"""接 intake: what ``functions/intake`` runs with."""

from __future__ import annotations

from hotline.adapters.aws import NOBODY_WAITS, SOMEONE_WAITS, Patience, dynamodb, s3
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.adapters.dynamodb.attachments import DynamoDBAttachments
from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.s3 import S3Pictures
from hotline.domain.actor import CITIZEN
from hotline.domain.answers import AppealStatus, Receipt
from hotline.domain.appeal import RegisterAppeal
from hotline.domain.attachments import AnyPicture, AttachmentView, OfferUpload, UploadOffer
from hotline.domain.case import Case
from hotline.domain.directory import Directory
from hotline.domain.errors import TransitionNotAllowed
from hotline.domain.identifiers import random_entropy
from hotline.settings import setting
from hotline.use_cases import follow_appeal
from hotline.use_cases.list_attachments import list_attachments
from hotline.use_cases.offer_upload import offer_upload
from hotline.use_cases.open_case import open_case
from hotline.use_cases.register_appeal import register_appeal
from hotline.wiring.common import cases, directories, now, tokens, words
from hotline.wiring.sealed import sealed_attachments, sealed_words


def register(
    command: RegisterAppeal, idempotency_key: str | None, caller: str, patience: Patience = SOMEONE_WAITS
) -> Receipt:
    """Register an appeal for a citizen, who waits for the answer."""
    return register_appeal(
        command,
        by=CITIZEN,
        caller=caller,
        idempotency_key=idempotency_key,
        cases=_registrar(patience),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def register_record(command: RegisterAppeal, record_id: str) -> Receipt:
    """Register an appeal that a channel's gateway has handed in; the record's id is its idempotency key."""
    return register(command, record_id, command.channel, NOBODY_WAITS)


def track(number: str, secret_key: str) -> AppealStatus:
    """Tell how far an appeal is."""
    return follow_appeal.track_appeal(
        number,
        secret_key,
        cases=cases(),
        words=words(),
        sealed=sealed_words(),
        directories=directories(),
        tokens=tokens(),
        now=now,
        lent=_lent,
    )


def supplement(number: str, secret_key: str, text: str, command_key: str) -> Case:
    """Add further words."""
    return follow_appeal.supplement_appeal(
        number,
        secret_key,
        text,
        command_key,
        cases=cases(),
        words=words(),
        sealed=sealed_words(),
        now=now,
        lent=_lent,
    )


def withdraw(number: str, secret_key: str, command_key: str) -> Case:
    """Take an appeal back."""
    return follow_appeal.withdraw_appeal(number, secret_key, command_key, cases=cases(), now=now)


def allow_upload(
    number: str,
    secret_key: str,
    command: OfferUpload | AnyPicture,
    *,
    then: str | None = None,
) -> UploadOffer:
    """Allow one picture to be sent for an open appeal; a browser without a script is led to ``then``."""
    case = open_case(number, secret_key, cases())
    if case.status.ended:
        raise TransitionNotAllowed(case.status.value, "attach")
    return offer_upload(
        case.appeal_id,
        command,
        "citizen",
        attachments=_attachments(case),
        pictures=pictures(),
        entropy=random_entropy,
        now=now(),
        sealed=case.confidential,
        then=then,
    )


def show_pictures(number: str, secret_key: str) -> tuple[AttachmentView, ...]:
    """The pictures of an appeal."""
    case = open_case(number, secret_key, cases())
    return list_attachments(case.appeal_id, attachments=_attachments(case), pictures=pictures())


def directory() -> Directory:
    """The directory in force."""
    return directories().current()


def pictures() -> S3Pictures:
    """The picture buckets."""
    return S3Pictures(s3(), setting("UPLOADS_BUCKET"), setting("ATTACHMENTS_BUCKET"))


def dead_letters() -> SqsDeadLetters:
    """Where bad channel records go."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), "channel-records")


def _lent(key: str, appeal_id: str) -> bool:
    return tokens().is_lent_key(key, appeal_id, now())


def _registrar(patience: Patience) -> DynamoDBCases:
    tables = (setting("CASES_TABLE"), setting("TEXTS_TABLE"), setting("SEALED_TABLE"))
    return DynamoDBCases(dynamodb(patience), *tables)


def _attachments(case: Case) -> DynamoDBAttachments:
    """The places for an appeal's pictures; a confidential informant's are sealed."""
    if case.confidential:
        return sealed_attachments()
    return DynamoDBAttachments(dynamodb(), setting("TEXTS_TABLE"))
