"""The models of what GeoReport v2 answers in JSON, for the API's document and for whoever checks an answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, RootModel

from hotline.domain.model import Frozen
from hotline.domain.open311.status import PublicStatus


class Endpoint(Frozen):
    """Where one specification is spoken."""

    specification: str
    url: str
    changeset: datetime
    type: Literal["production", "test"]
    formats: tuple[str, ...]


class Discovery(Frozen):
    """The discovery document."""

    changeset: datetime
    contact: str
    key_service: str
    endpoints: tuple[Endpoint, ...]


class ServiceItem(Frozen):
    """One service of the list."""

    service_code: str
    service_name: str
    description: str
    metadata: bool
    type: Literal["realtime", "batch", "blackbox"]
    keywords: str
    group: str


class AttributeValue(Frozen):
    """One choice."""

    key: str
    name: str


class Attribute(Frozen):
    """One question of a service."""

    variable: bool
    code: str
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    required: bool
    datatype_description: str
    order: int
    description: str
    values: tuple[AttributeValue, ...] | None = None


class ServiceDefinition(Frozen):
    """What a service asks."""

    service_code: str
    attributes: tuple[Attribute, ...]


class RequestItem(Frozen):
    """One request; what is empty is absent."""

    service_request_id: str
    status: PublicStatus
    status_notes: str
    service_name: str | None = None
    service_code: str | None = None
    description: str | None = None
    agency_responsible: str | None = None
    requested_datetime: datetime
    updated_datetime: datetime
    expected_datetime: datetime | None = None
    address: str | None = None
    address_id: str | None = None
    lat: float | None = None
    long: float | None = None
    media_url: str | None = None
    extended_attributes: dict[str, Any] | None = None
    notes: tuple[dict[str, Any], ...] | None = None


class PostedItem(Frozen):
    """The id of a posted request."""

    service_request_id: str
    service_notice: str | None = None


class TokenItem(Frozen):
    """The request of a token."""

    service_request_id: str
    token: str


class UpdateItem(Frozen):
    """One update of a request."""

    update_id: str
    service_request_id: str
    status: PublicStatus
    updated_datetime: datetime
    description: str


class PostedUpdate(Frozen):
    """The id of a posted update."""

    update_id: str


class _Array(RootModel[Any]):
    model_config = ConfigDict(frozen=True, defer_build=True)


class ServiceItems(_Array):
    root: tuple[ServiceItem, ...]


class RequestItems(_Array):
    root: tuple[RequestItem, ...]


class PostedItems(_Array):
    root: tuple[PostedItem, ...]


class TokenItems(_Array):
    root: tuple[TokenItem, ...]


class UpdateItems(_Array):
    root: tuple[UpdateItem, ...]


class PostedUpdates(_Array):
    root: tuple[PostedUpdate, ...]


_TEXT = {"type": "string"}
_DEGREES = {"type": "string", "pattern": r"^[+-]?[0-9]{1,3}(\.[0-9]{1,15})?$"}

POST_REQUEST: dict[str, Any] = {
    "type": "object",
    "required": ["api_key", "service_code"],
    "properties": {
        **dict.fromkeys(
            (
                "api_key",
                "jurisdiction_id",
                "service_code",
                "address_string",
                "address_id",
                "email",
                "device_id",
                "account_id",
                "first_name",
                "last_name",
                "phone",
            ),
            _TEXT,
        ),
        "lat": _DEGREES,
        "long": _DEGREES,
        "description": {"type": "string", "maxLength": 4000},
        "media_url": {"type": "string", "format": "uri", "pattern": "^https?://[!-~]+$"},
    },
    "patternProperties": {r"^attribute\[[^\[\]]{1,40}\](\[\])?$": {}},
    "description": "另可带 attribute[code]、attribute[code][] · and attribute[code], attribute[code][]",
}

POST_UPDATE: dict[str, Any] = {
    "type": "object",
    "required": ["api_key", "service_request_id", "update_id", "description"],
    "properties": {
        **dict.fromkeys(("api_key", "service_request_id", "jurisdiction_id", "status"), _TEXT),
        "update_id": {"type": "string", "maxLength": 200},
        "updated_datetime": {"type": "string", "format": "date-time"},
        "description": {"type": "string", "maxLength": 4000},
    },
}
"""The forms of the two POSTs, as JSON schemas."""
