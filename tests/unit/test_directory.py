"""The directory as functions see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hotline.domain.directory import Agency, Directory, Service
from tests.unit.builders_directory import (
    EAST,
    RIVERSIDE,
    beijing,
    beijing_loaded,
    tiny_directory,
    tiny_parts,
)


def test_the_places_around_a_code_go_from_the_inside_out() -> None:
    assert [place.code for place in tiny_directory().within(RIVERSIDE)] == [RIVERSIDE, EAST, "990000"]


@pytest.mark.parametrize("code", [None, "", "999999", "990101009"])
def test_an_unknown_code_lies_nowhere(code: str | None) -> None:
    assert tiny_directory().within(code) == ()
    assert tiny_directory().district_of(code) is None


def test_whoever_governs_a_place_is_found_by_its_code() -> None:
    assert tiny_directory().seat(EAST) == EAST
    assert tiny_directory().seat("999999") is None


def recording(loads: list[str]) -> Callable[[str], Any]:
    def part(name: str) -> Any:
        loads.append(name)
        return tiny_parts()[name]

    return part


def test_parts_are_loaded_when_they_are_asked_for_and_once() -> None:
    loads: list[str] = []
    directory = Directory("v", recording(loads))
    assert loads == []

    assert directory.services["street.lamp"].tier == "general"
    assert directory.city.timezone == "Asia/Shanghai"
    assert loads == ["core"]

    assert directory.seat(EAST)
    assert directory.duty.rules
    assert loads == ["core", "duty"]


def test_intake_needs_the_core_only() -> None:
    loads: list[str] = []
    directory = Directory("v", recording(loads))

    used = (directory.city, directory.services, directory.jurisdictions, directory.sla, directory.calendars)

    assert all(used)
    assert directory.emergency_words.numbers("着火") == ("119",)
    assert loads == ["core"]


def test_values_made_without_checks_equal_checked_ones() -> None:
    directory = beijing()
    for service in directory.services.values():
        assert Service.model_validate(service.model_dump()) == service
    for agency in directory.agencies.values():
        assert Agency.model_validate(agency.model_dump()) == agency


def test_beijing_has_its_343_sub_districts_and_16_districts() -> None:
    levels = [place.level for place in beijing().jurisdictions.values()]

    assert (levels.count("district"), levels.count("subdistrict")) == (16, 343)


def test_beijing_has_departments_utilities_and_a_catalogue_of_the_promised_size() -> None:
    directory = beijing()
    levels = [agency.level for agency in directory.agencies.values()]

    assert levels.count("department") >= 40
    assert levels.count("utility") >= 8
    assert len(directory.services) >= 60
    assert len({service.group for service in directory.services.values()}) >= 10


def test_utilities_are_on_duty_around_the_clock() -> None:
    utilities = [agency for agency in beijing().agencies.values() if agency.level == "utility"]

    assert {agency.calendar_id for agency in utilities} == {"24x7"}


def test_every_service_has_two_languages_and_words_that_people_use() -> None:
    poor = [
        service.service_code
        for service in beijing().services.values()
        if service.service_code != "other"
        and (len(service.keywords) < 10 or not service.name_en.isascii() or service.name_zh.isascii())
    ]

    assert poor == []


def test_the_repository_folder_has_no_error() -> None:
    assert beijing_loaded().problems.errors == []
