"""督: what was found about agencies' "done", for those who review it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hotline.domain.actor import Role
from hotline.domain.errors import NotFound
from hotline.domain.model import Frozen
from hotline.domain.outcomes import district_of_agency
from hotline.domain.signals import times_done
from hotline.domain.tallies import month_of
from hotline.use_cases.rights import may_see

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.directory import Directories, Directory
    from hotline.domain.signals import Finding, Signal
    from hotline.ports import Cases, Findings


class SignalView(Frozen):
    """A signal: its value, what it was held against, and why it counts where it was found.

    ``value`` is left out where there was nothing to measure.
    """

    code: str
    name_zh: str
    name_en: str
    value: float | None = None
    threshold: float
    weight: int
    found: bool
    why_zh: str | None = None
    why_en: str | None = None


class FindingView(Frozen):
    """What was found about one "done" of an agency.

    Attributes:
        number: of the event by which the agency said so; an order that came back has several.
        catalogue: version of the directory whose weights and thresholds were used.
        score: the sum of the weights of the signals that were found, at most 100.
    """

    work_order_id: str
    appeal_id: str
    number: int
    agency_id: str
    agency_zh: str
    agency_en: str
    service_code: str | None = None
    resolved_at: datetime
    catalogue: str
    score: int
    signals: tuple[SignalView, ...]


class AgencyFindings(Frozen):
    """An agency's month, the highest score first; ``total`` counts those that are not shown too."""

    month: str
    agency_id: str
    total: int
    findings: tuple[FindingView, ...]


class OrderFindings(Frozen):
    """Everything that was found about an order, the latest "done" first; empty when nothing was."""

    appeal_id: str
    findings: tuple[FindingView, ...]


def read_month(
    month: str, agency_id: str, limit: int, *, by: Actor, findings: Findings, directories: Directories
) -> AgencyFindings:
    """What was found about an agency's month; a district's supervisor sees the agencies of the district.

    Raises:
        NotFound: another district's agency, or no agency.
    """
    directory = directories.current()
    mine = by.role is not Role.SUPERVISOR or by.district in (None, district_of_agency(agency_id, directory))
    if agency_id not in directory.agencies or not mine:
        raise NotFound("agency")
    found = findings.findings_of_month(month, agency_id)
    found.sort(key=lambda each: (-each.score, each.resolved_at, each.appeal_id))
    return AgencyFindings(
        month=month,
        agency_id=agency_id,
        total=len(found),
        findings=tuple(_view(each, directory) for each in found[:limit]),
    )


def read_order(
    appeal_id: str, *, by: Actor, cases: Cases, findings: Findings, directories: Directories
) -> OrderFindings:
    """Everything that was found about an order, signal by signal.

    Raises:
        NotFound: there is no such order, or it is of another district.
    """
    directory = directories.current()
    case = cases.get(appeal_id)
    may_see(by, case)
    timezone = directory.city.timezone
    done = [
        (month_of(each.at, timezone), each.agency_id, appeal_id, each.number) for each in times_done(case)
    ]
    found = findings.findings_about(done) if done else []
    latest_first = sorted(found, key=lambda each: -each.number)
    return OrderFindings(appeal_id=appeal_id, findings=tuple(_view(each, directory) for each in latest_first))


def _view(finding: Finding, directory: Directory) -> FindingView:
    agency = directory.agencies.get(finding.agency_id)
    return FindingView(
        work_order_id=f"{finding.appeal_id}.1",
        appeal_id=finding.appeal_id,
        number=finding.number,
        agency_id=finding.agency_id,
        agency_zh=agency.name_zh if agency else finding.agency_id,
        agency_en=agency.name_en if agency else finding.agency_id,
        service_code=finding.service_code,
        resolved_at=finding.resolved_at,
        catalogue=finding.catalogue,
        score=finding.score,
        signals=tuple(_signal(each, directory) for each in finding.signals),
    )


def _signal(signal: Signal, directory: Directory) -> SignalView:
    """With the words of the rules in force; the numbers are those of the moment when it was weighed."""
    rule = next((each for each in directory.signals.rules if each.code == signal.code), None)
    told = {
        "value": f"{signal.value:g}" if signal.value is not None else "",
        "threshold": f"{signal.threshold:g}",
    }
    return SignalView(
        code=signal.code,
        name_zh=rule.name_zh if rule else signal.code,
        name_en=rule.name_en if rule else signal.code,
        value=signal.value,
        threshold=signal.threshold,
        weight=signal.weight,
        found=signal.found,
        why_zh=rule.why_zh.format(**told) if rule and signal.found else None,
        why_en=rule.why_en.format(**told) if rule and signal.found else None,
    )
