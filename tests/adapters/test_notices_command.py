"""``hotline notices``: read what citizens will read, let through what was parked."""

from __future__ import annotations

from typing import Any

import pytest

from hotline.adapters.dynamodb.notices import DynamoDBNotices
from hotline.domain.directory import Directory
from hotline.domain.notices import Notice
from infrastructure.ops import notices
from infrastructure.ops.cli import main
from tests.adapters.conftest import Tables
from tests.unit.builders import APPEAL, NOON
from tests.unit.builders_directory import beijing_loaded


@pytest.fixture
def beijing(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled(folder: object) -> Directory:
        return beijing_loaded().directory()

    monkeypatch.setattr(notices, "compiled", compiled)


@pytest.mark.usefixtures("beijing")
def test_a_preview_fills_in_every_text_and_counts_text_messages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notices", "preview"]) == 0
    shown = capsys.readouterr().out
    assert "{" not in shown
    assert "dispatched zh-CN (93 characters, 2 text messages)" in shown
    assert "closed en (86 characters, 1 text message, switched off)" in shown


@pytest.mark.usefixtures("beijing")
def test_one_notice_in_one_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notices", "preview", "survey", "--language", "en"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main(["notices", "preview", "poll"]) == 1
    assert "known are closed, concluded" in capsys.readouterr().err


@pytest.fixture
def store(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> DynamoDBNotices:
    stored = DynamoDBNotices(tables.client, "NoticesTable")

    def stack_from(arguments: Any) -> None:
        return None

    monkeypatch.setattr(notices, "stack_from", stack_from)
    monkeypatch.setattr(notices, "_store", lambda stack: stored)
    for number, reason in enumerate(("given-up", "in-doubt"), 1):
        waiting = Notice(
            key=f"survey/{APPEAL}/{number}",
            appeal_id=APPEAL,
            code="survey",
            event="SurveyOpened",
            number=number,
            created_at=NOON,
            at=NOON,
        ).waiting(NOON)
        stored.queue_notice(waiting)
        assert stored.change_notice(waiting.taken(NOON))
        assert stored.change_notice(waiting.taken(NOON).parked(reason, NOON))
    return stored


def test_what_was_given_up_is_let_through_together_and_what_is_in_doubt_by_name(
    store: DynamoDBNotices, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["notices", "parked"]) == 0
    listed = capsys.readouterr().out
    assert "given-up" in listed
    assert "in-doubt" in listed
    assert main(["notices", "retry", "--all"]) == 0
    states = {notice.number: notice.state.value for notice in store.notices_of(APPEAL)}
    assert states == {1: "queued", 2: "parked"}
    assert main(["notices", "retry", f"survey/{APPEAL}/2", f"survey/{APPEAL}/9"]) == 1
    assert f"no notice survey/{APPEAL}/9" in capsys.readouterr().err
    assert {notice.state.value for notice in store.notices_of(APPEAL)} == {"queued"}
