"""Codes by text message: what ``functions/intake/phones_api.py`` and the pages run with."""

from __future__ import annotations

from hotline.adapters.aws import dynamodb, sqs
from hotline.adapters.code_requests import SqsCodeRequests
from hotline.adapters.dynamodb.phone_codes import DynamoDBAllowances, DynamoDBPhoneCodes
from hotline.adapters.proof_of_work import HashProof
from hotline.domain.phone_codes import AskForCode, CheckCode, CitizenPass, CodeAsked
from hotline.settings import setting
from hotline.use_cases import prove_phone
from hotline.use_cases.list_own_appeals import OwnAppeals, OwnAppealsQuery, list_own_appeals
from hotline.wiring.common import cases, directories, now, tokens


def ask(command: AskForCode, address: str) -> CodeAsked:
    """Ask for a code, from an IP address."""
    return prove_phone.ask_for_code(
        command,
        address,
        codes=_codes(),
        allowances=_allowances(),
        requests=SqsCodeRequests(sqs(), setting("CODES_QUEUE_URL")),
        effort=HashProof(),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def check(command: CheckCode, address: str) -> CitizenPass:
    """Exchange a code for a pass."""
    return prove_phone.check_code(
        command,
        address,
        codes=_codes(),
        allowances=_allowances(),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def own_appeals(citizen_token: str, query: OwnAppealsQuery) -> OwnAppeals:
    """A page of the appeals of whoever holds the pass."""
    stored = cases()
    return list_own_appeals(
        citizen_token,
        query,
        lists=stored,
        cases=stored,
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def _codes() -> DynamoDBPhoneCodes:
    return DynamoDBPhoneCodes(dynamodb(), setting("EFFECTS_TABLE"))


def _allowances() -> DynamoDBAllowances:
    return DynamoDBAllowances(dynamodb(), setting("EFFECTS_TABLE"))
