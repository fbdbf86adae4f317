"""The sweep: everything due, oldest first, once; whatever overlaps, dies or comes late (F32–F36)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

import pytest

from hotline.domain.errors import DirectoryMissing, Unavailable, VersionConflict
from hotline.domain.timers import BUCKET_SECONDS, SHARDS, bucket_of, shard_of
from hotline.use_cases.sweep_clocks import SweepReport
from tests.unit.builders import RESOLVE, Hotline, appeal
from tests.unit.fakes import refuse


def told(hotline: Hotline, name: str) -> list[str]:
    return [event.appeal_id for event in hotline.events() if event.name == name]


def due_in_one_bucket(number: int) -> tuple[Hotline, list[str]]:
    """Some appeals whose dispatch clocks warn together, 18 hours after noon; and it is that time."""
    hotline = Hotline()
    ids = [hotline.registered() for _ in range(number)]
    hotline.clock.pass_(hours=18)
    hotline.watermark.bucket = bucket_of(hotline.clock()) - 1
    return hotline, ids


def stopping_after(looks: int) -> Any:
    """May go on so many times."""
    asked = count()
    return lambda: next(asked) < looks


def test_everything_due_is_fired_once_however_often_it_is_swept() -> None:
    hotline, ids = due_in_one_bucket(25)
    assert hotline.sweep() == SweepReport(fired=25, passed_over=0, stuck=(), complete=True)
    assert hotline.sweep().fired == 0
    assert sorted(told(hotline, "ClockWarned")) == sorted(ids)
    assert {shard_of(each) for each in ids} == set(range(SHARDS))


def test_what_is_not_due_is_not_touched() -> None:
    hotline, _ = due_in_one_bucket(3)
    hotline.clock.pass_(seconds=-1)
    reads = hotline.cases.reads
    assert hotline.sweep().fired == 0
    assert hotline.cases.reads == reads


def test_half_an_hour_that_was_missed_is_made_up_for_oldest_first() -> None:
    hotline = Hotline()
    expected = []
    for _ in range(6):
        expected.append(hotline.registered())
        hotline.clock.pass_(minutes=15)
    hotline.clock.pass_(hours=18)
    assert hotline.sweep().fired == 6
    assert told(hotline, "ClockWarned") == expected


def test_a_sweep_that_dies_half_way_leaves_the_rest_due_and_repeats_nothing() -> None:
    hotline, ids = due_in_one_bucket(12)
    before = hotline.watermark.bucket
    report = hotline.sweep(stopping_after(9))
    assert not report.complete
    assert 0 < report.fired < 12
    assert hotline.watermark.bucket == before
    rest = hotline.sweep()
    assert (rest.complete, report.fired + rest.fired) == (True, 12)
    assert sorted(told(hotline, "ClockWarned")) == sorted(ids)


def test_a_store_that_fails_in_the_middle_ends_the_sweep_and_loses_nothing() -> None:
    hotline, ids = due_in_one_bucket(8)
    hotline.cases.before_save += [lambda: None, lambda: None, refuse(Unavailable("dynamodb"))]
    with pytest.raises(Unavailable):
        hotline.sweep()
    hotline.sweep()
    assert sorted(told(hotline, "ClockWarned")) == sorted(ids)


def test_two_sweeps_that_overlap_fire_each_timer_once() -> None:
    hotline, ids = due_in_one_bucket(10)
    inner: list[SweepReport] = []
    hotline.cases.before_save += [lambda: None, lambda: None, lambda: inner.append(hotline.sweep())]
    outer = hotline.sweep()
    assert outer.fired + inner[0].fired == 10
    assert outer.passed_over == 1
    assert sorted(told(hotline, "ClockWarned")) == sorted(ids)


def test_an_agency_that_answers_at_the_same_moment_is_not_overruled() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.clock.at = hotline.case(appeal_id).clocks["handling"].due_at
    hotline.watermark.bucket = bucket_of(hotline.clock()) - 1000
    hotline.cases.before_save.append(lambda: hotline.act(appeal_id, RESOLVE))
    assert hotline.sweep().passed_over == 1
    hotline.clock.pass_(days=1)
    hotline.sweep()
    assert "ClockBreached" not in hotline.names(appeal_id)


def test_a_case_that_is_busy_keeps_its_bucket_in_sight() -> None:
    hotline, (appeal_id,) = due_in_one_bucket(1)
    hotline.clock.pass_(hours=3)
    hotline.cases.before_save.append(refuse(VersionConflict(2)))
    assert hotline.sweep().passed_over == 1
    assert hotline.watermark.bucket == bucket_of(hotline.clock()) - 3 * 3600 // BUCKET_SECONDS
    assert hotline.sweep().fired == 1
    assert told(hotline, "ClockWarned") == [appeal_id]


def test_the_watermark_follows_one_bucket_behind_and_never_back() -> None:
    hotline, _ = due_in_one_bucket(2)
    hotline.clock.pass_(hours=5)
    hotline.sweep()
    assert hotline.watermark.bucket == bucket_of(hotline.clock()) - 1
    hotline.clock.pass_(hours=-1)
    hotline.sweep()
    assert hotline.watermark.bucket == bucket_of(hotline.clock()) - 1 + 3600 // BUCKET_SECONDS


def test_the_bucket_before_the_present_one_is_always_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    hotline, _ = due_in_one_bucket(1)
    looked_at: set[int] = set()

    def due(shard: int, bucket: int, now: datetime) -> Iterator[list[str]]:
        looked_at.add(bucket)
        return iter(())

    monkeypatch.setattr(hotline.cases, "due", due)
    for _ in range(3):
        hotline.sweep()
    present = bucket_of(hotline.clock())
    assert looked_at == {present - 1, present}


def test_one_case_that_cannot_be_fired_holds_up_no_other_and_is_named() -> None:
    hotline, _ = due_in_one_bucket(9)
    broken = hotline.surveying()
    hotline.clock.pass_(days=8)
    item = hotline.cases.items[broken]
    item["ti"]["S"] = "a tier that was taken out"
    del item["rs"]
    report = hotline.sweep()
    assert report.stuck == (f"{broken} KeyError",)
    assert report.fired >= 9
    assert hotline.names(broken)[-1] == "SurveyOpened"
    assert hotline.sweep().stuck == report.stuck


def test_an_expired_survey_is_fired_by_the_same_sweep() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    hotline.clock.pass_(days=7)
    assert hotline.sweep().fired == 1
    assert hotline.names(appeal_id)[-1] == "WorkOrderClosed"


def test_an_ended_case_is_never_fired() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying(appeal(contact=None))
    hotline.clock.pass_(days=7)
    hotline.sweep()
    hotline.clock.pass_(days=30)
    assert hotline.sweep().fired == 0
    assert hotline.names(appeal_id).count("WorkOrderClosed") == 1


def test_without_a_directory_nothing_is_swept_and_nothing_forgotten() -> None:
    hotline, _ = due_in_one_bucket(2)
    before, known = hotline.watermark.bucket, hotline.directories

    class Missing:
        def current(self) -> Any:
            raise DirectoryMissing

    hotline.directories = Missing()  # type: ignore[assignment]
    with pytest.raises(DirectoryMissing):
        hotline.sweep()
    assert hotline.watermark.bucket == before
    hotline.directories = known
    assert hotline.sweep().fired == 2
