"""The whole API by its own OpenAPI document: no server error, and no answer that the document does not know.

schemathesis makes requests of every operation, valid ones and broken ones; they go through the template's routes to
the real handlers on moto. Path parameters are ids that exist in every other request.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from moto import mock_aws
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from infrastructure.ops.openapi import DOCUMENT
from tests.aws_stack import MotoStack, forget_everything, standing_environment
from tests.functions.gateway import Gateway
from tests.lives import AGENCY, APPEAL, SERVICE, TRACKING_KEY, Life
from tests.open311_calls import App
from tests.unit.builders_directory import beijing_loaded

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
KNOWN = {
    "number": APPEAL,
    "appeal_id": APPEAL,
    "order_id": f"{APPEAL}.1",
    "service_request_id": APPEAL,
    "service_code": SERVICE,
    "agency_id": AGENCY,
    "month": "202605",
}
EXAMPLES = 6


def _document() -> dict[str, Any]:
    """The document as it is checked in, without the addresses that a gateway gives it."""
    document: dict[str, Any] = json.loads(Path(DOCUMENT).read_text(encoding="utf-8"))
    document["servers"] = [{"url": "http://hotline.test"}]
    for path in document["paths"].values():
        for operation in path.values():
            operation.pop("servers", None)
    return document


SCHEMA = schemathesis.openapi.from_dict(_document())


@pytest.fixture(scope="module")
def gateways() -> Iterator[dict[bool, Gateway]]:
    """Both APIs before a stack with one appeal and one app."""
    logging.disable(logging.CRITICAL)
    with standing_environment(), mock_aws():
        stack = MotoStack(beijing_loaded())
        Life(stack).dispatched().acknowledged().contacted()
        KNOWN["api_key"] = App(stack, per_minute=10_000).key
        yield {open311: Gateway(stack, open311=open311) for open311 in (False, True)}
    forget_everything()
    logging.disable(logging.NOTSET)


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_that_the_document_knows(
    case: schemathesis.Case, gateways: dict[bool, Gateway]
) -> None:
    operation = case.operation.definition.raw
    known = len(repr(case.path_parameters)) % 2 == 0
    for name in case.path_parameters or {}:
        if known and name in KNOWN:
            case.path_parameters[name] = KNOWN[name]
    headers = {"X-Tracking-Key": TRACKING_KEY} if known else {}
    if roles := operation.get("x-roles"):
        headers["Authorization"] = f"Bearer {roles[0] if known else roles[-1]}"
    if isinstance(case.body, dict) and "api_key" in case.body:
        case.body["api_key"] = KNOWN["api_key"]
    open311 = operation["tags"] == ["open311"]
    response = case.call(app=gateways[open311], base_url="http://hotline.test", headers=headers)
    case.validate_response(response, checks=CHECKS)
