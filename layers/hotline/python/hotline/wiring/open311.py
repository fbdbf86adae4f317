"""Open311: what ``functions/open311/api.py`` runs with."""

from __future__ import annotations

from functools import cache
from typing import Any

from hotline.adapters.aws import dynamodb
from hotline.adapters.dynamodb.api_keys import DynamoDBApiKeys
from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.phone_codes import DynamoDBAllowances
from hotline.adapters.dynamodb.public_requests import DynamoDBPublicRequests
from hotline.adapters.dynamodb.texts import DynamoDBNotes
from hotline.domain.actor import Actor
from hotline.domain.answers import Receipt
from hotline.domain.appeal import RegisterAppeal
from hotline.domain.directory import Directory
from hotline.domain.open311 import catalogue
from hotline.domain.open311.api_keys import ApiKey
from hotline.domain.open311.posting import PostUpdate
from hotline.domain.open311.queries import (
    KeyedQuestion,
    RequestsQuestion,
    UpdatesQuestion,
    wanted,
    wanted_updates,
)
from hotline.domain.open311.requests import update_id_of
from hotline.settings import setting
from hotline.use_cases import read_public_requests, report_by_app
from hotline.use_cases.read_public_requests import Entry, Reader
from hotline.use_cases.register_appeal import register_appeal
from hotline.wiring.common import cases, directories, now, tokens


def directory() -> Directory:
    """The directory in force."""
    return directories().current()


def discovery(base_url: str, api_id: str, language: str) -> Entry:
    """Where the endpoint is; ``OPEN311_URL`` says so where the gateway does not know it."""
    url = setting("OPEN311_URL").replace("{api}", api_id) or base_url
    kind, contact = setting("OPEN311_TYPE"), setting("OPEN311_CONTACT")
    return catalogue.discovery(directory(), url, kind, contact, language)


def key(given: str) -> ApiKey:
    """Whose key this is; counts the call."""
    allowances = DynamoDBAllowances(dynamodb(), setting("API_KEYS_TABLE"))
    return report_by_app.check_key(given, keys=_keys(), allowances=allowances, now=now)


def report(command: RegisterAppeal, form: str, app_key: ApiKey, idempotency_key: str | None) -> Receipt:
    """Register what an app reports, and show it."""
    return report_by_app.report_by_app(
        command,
        form,
        app_key,
        idempotency_key,
        register=_register,
        cases=cases(),
        requests=_requests(),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def update(command: PostUpdate, app_key: ApiKey) -> str:
    """Add to a request; the update's id."""
    notes = DynamoDBNotes(dynamodb(), setting("TEXTS_TABLE"))
    case, command_id = report_by_app.update_by_app(command, app_key, cases=cases(), words=notes, now=now)
    return update_id_of(case, command_id)


def requests(query: RequestsQuestion, language: str) -> list[Entry]:
    """The requests that are asked for."""
    at = now()
    asked = wanted(query, at, directory().city.timezone)
    return read_public_requests.list_requests(
        asked, _reader(query, language), cases=cases(), requests=_requests(), now=at
    )


def request(number: str, language: str, query: KeyedQuestion) -> Entry:
    """One request."""
    reader = _reader(query, language)
    return read_public_requests.show_request(number, reader, cases=cases(), requests=_requests())


def token(number: str, language: str, query: KeyedQuestion) -> Entry:
    """The request of a token."""
    reader = _reader(query, language)
    return read_public_requests.show_token(number, reader=reader, cases=cases(), requests=_requests())


def updates(query: UpdatesQuestion, language: str) -> list[Entry]:
    """The updates of a time."""
    span = wanted_updates(query, now(), directory().city.timezone)
    reader = _reader(query, language)
    return read_public_requests.list_updates(span, reader, cases=cases(), requests=_requests())


def _reader(query: KeyedQuestion, language: str) -> Reader:
    return Reader(directory(), language, key(query.api_key) if query.api_key else None, query.extended)


def _register(command: RegisterAppeal, by: Actor, caller: str, idempotency_key: str) -> Receipt:
    return register_appeal(
        command,
        by=by,
        caller=caller,
        idempotency_key=idempotency_key,
        cases=DynamoDBCases(dynamodb(), setting("CASES_TABLE"), setting("TEXTS_TABLE")),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def _requests() -> DynamoDBPublicRequests:
    return DynamoDBPublicRequests(dynamodb(), setting("PUBLIC_REQUESTS_TABLE"))


def _keys() -> DynamoDBApiKeys:
    return _kept_keys(dynamodb(), setting("API_KEYS_TABLE"))


@cache
def _kept_keys(client: Any, table: str) -> DynamoDBApiKeys:
    return DynamoDBApiKeys(client, table)
