"""Who gives a command."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from hotline.domain.model import Frozen


class Role(StrEnum):
    """What a caller may be. Citizens are known by tracking number and key, not by a token."""

    CITIZEN = "citizen"
    SYSTEM = "system"
    OPERATOR = "operator"
    AGENCY = "agency"
    ADJUDICATOR = "adjudicator"
    """Decides what becomes of an order that an agency has returned (条例 Art 12)."""
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Actor(Frozen):
    """A caller with the claims that row-level rights depend on.

    Example:
        >>> Actor(role=Role.AGENCY, subject="zhang", agency_id="110101001").signature
        'agency:110101001/zhang'
    """

    role: Role
    subject: str = Field(default="", max_length=64)
    agency_id: str | None = None
    district: str | None = None
    languages: tuple[str, ...] = ()
    """What an operator speaks; none listed: no call is refused."""

    @property
    def signature(self) -> str:
        """The actor as one short string for the timeline; never a citizen's name or phone."""
        if self.role is Role.AGENCY:
            return f"agency:{self.agency_id}/{self.subject}".rstrip("/")
        return f"{self.role}:{self.subject}".rstrip(":")


# Not validated, so that no cold start builds a schema for two constants.
SYSTEM = Actor.model_construct(role=Role.SYSTEM)
CITIZEN = Actor.model_construct(role=Role.CITIZEN)

STAFF_READERS = (
    Role.AGENCY,
    Role.OPERATOR,
    Role.ADJUDICATOR,
    Role.SUPERVISOR,
    Role.ADMIN,
    Role.AUDITOR,
)
"""Everybody who signs in; what each sees of it is decided row by row."""
