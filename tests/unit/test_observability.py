"""Logs tell where and of what kind, never what a citizen said."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from botocore.exceptions import ClientError
from pydantic import Field, ValidationError

from hotline.domain.errors import NotFound
from hotline.domain.model import Frozen
from hotline.observability import count, describe, logger, publish_metrics

PHONE = "13800138000"


class Contact(Frozen):
    phone: str = Field(max_length=5)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What is logged during the test; the handler else keeps the first test's standard output."""
    stream = StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", stream)
    return stream


def the_error(action: object) -> BaseException:
    try:
        action()  # type: ignore[operator]
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def test_a_logged_validation_error_does_not_quote_its_input(log: StringIO) -> None:
    with pytest.raises(ValidationError) as caught:
        Contact(phone=PHONE)

    logger().error("contact is broken", exc_info=caught.value)

    record = json.loads(log.getvalue())
    assert record["exception"].startswith("ValidationError")
    assert PHONE not in json.dumps(record)


def test_causes_are_told_with_the_place_where_each_arose() -> None:
    def fail() -> None:
        try:
            int(PHONE + "x")
        except ValueError as error:
            raise RuntimeError(PHONE) from error

    told = describe(the_error(fail))

    assert told.startswith("RuntimeError\n")
    assert "caused by ValueError" in told
    assert "test_observability.py" in told
    assert PHONE not in told


def test_our_own_words_and_those_of_aws_are_kept() -> None:
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, "PutItem")
    assert "AccessDeniedException" in describe(denied)
    assert describe(NotFound()).startswith("NotFound: not-found")


def test_a_message_that_looks_like_json_stays_text(log: StringIO) -> None:
    logger().info('{"_aws": {"Timestamp": 1}}')
    assert json.loads(log.getvalue())["message"] == '{"_aws": {"Timestamp": 1}}'


def test_counters_are_written_as_one_line_and_only_when_there_are_any(
    capsys: pytest.CaptureFixture[str],
) -> None:
    publish_metrics()
    assert capsys.readouterr().out == ""

    count("AppealRegistered")
    count("AppealRegistered", 2)
    publish_metrics()

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["AppealRegistered"] == [1.0, 2.0]
    publish_metrics()
    assert capsys.readouterr().out == ""
