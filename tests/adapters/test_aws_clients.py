"""The retry budget of the SDK clients, against a server that misbehaves on command."""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, NoCredentialsError
from botocore.parsers import ResponseParserError

from hotline.adapters import aws
from hotline.domain.errors import Unavailable

Answer = Callable[[BaseHTTPRequestHandler], None]


def answers(status: int, body: dict[str, Any], *, after_s: float = 0.0) -> Answer:
    """Send a complete DynamoDB answer."""

    def act(request: BaseHTTPRequestHandler) -> None:
        time.sleep(after_s)
        _send(request, status, json.dumps(body).encode())

    return act


def error(code: str, status: int = 400) -> Answer:
    return answers(status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code})


def resets(request: BaseHTTPRequestHandler) -> None:
    """Close the connection without a word."""
    request.close_connection = True


def breaks_off(request: BaseHTTPRequestHandler) -> None:
    """Close the connection in the middle of the body."""
    request.send_response(200)
    request.send_header("Content-Length", "100")
    request.end_headers()
    request.wfile.write(b'{"Item": ')
    request.close_connection = True


def truncates(request: BaseHTTPRequestHandler) -> None:
    """Send half of a JSON document as if it were whole, as a broken proxy does."""
    _send(request, 200, b'{"Item": {"pk": {"S": ', checksum=False)


def corrupts(request: BaseHTTPRequestHandler) -> None:
    """Send a body that does not match its checksum."""
    request.send_response(200)
    request.send_header("x-amz-crc32", "1")
    request.send_header("Content-Length", "2")
    request.end_headers()
    request.wfile.write(b"{}")


def _send(request: BaseHTTPRequestHandler, status: int, body: bytes, *, checksum: bool = True) -> None:
    request.send_response(status)
    request.send_header("Content-Type", "application/x-amz-json-1.0")
    request.send_header("Content-Length", str(len(body)))
    if checksum:
        request.send_header("x-amz-crc32", str(zlib.crc32(body)))
    request.end_headers()
    request.wfile.write(body)


FOUND = answers(200, {"Item": {"pk": {"S": "A#1"}}})
THROTTLE = error("ProvisionedThroughputExceededException")


class FaultyTable:
    """A DynamoDB that follows a script; its last line repeats for ever."""

    def __init__(self) -> None:
        self.script: list[Answer] = [FOUND]
        self.calls = 0
        table = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                step = table.script[min(table.calls, len(table.script) - 1)]
                table.calls += 1
                try:
                    step(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyTable]:
    faulty = FaultyTable()
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", faulty.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    aws.forget_clients()
    yield faulty
    faulty.server.shutdown()
    faulty.server.server_close()
    aws.forget_clients()


def get_item(patience: aws.Patience = aws.SOMEONE_WAITS) -> tuple[dict[str, Any] | None, float]:
    """The answer (None when unavailable) and the seconds that it took."""
    client = aws.dynamodb(patience)
    started = time.perf_counter()
    try:
        with aws.translate_errors("dynamodb"):
            answer = client.get_item(TableName="cases", Key={"pk": {"S": "A#1"}})
    except Unavailable:
        return None, time.perf_counter() - started
    return answer["Item"], time.perf_counter() - started


def test_two_throttles_cost_under_300_ms(table: FaultyTable) -> None:
    table.script = [THROTTLE, THROTTLE, FOUND]
    item, seconds = get_item()
    assert item == {"pk": {"S": "A#1"}}
    assert seconds < 0.3


def test_a_table_that_throttles_for_good_is_unavailable_well_within_three_seconds(table: FaultyTable) -> None:
    table.script = [THROTTLE]
    item, seconds = get_item()
    assert (item, table.calls) == (None, 4)
    assert seconds < 1.5


def test_a_silent_table_is_unavailable_after_one_retry_within_three_seconds(table: FaultyTable) -> None:
    table.script = [answers(200, {}, after_s=3.5)]
    item, seconds = get_item()
    assert (item, table.calls) == (None, 2)
    assert seconds < 3


def test_one_slow_answer_is_asked_for_once_more(table: FaultyTable) -> None:
    table.script = [answers(200, {}, after_s=1.5), FOUND]
    item, seconds = get_item()
    assert (item is not None, table.calls) == (True, 2)
    assert seconds < 4


def test_an_address_where_nothing_listens_is_unavailable_within_three_seconds(
    table: FaultyTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.server.server_close()
    item, seconds = get_item()
    assert item is None
    assert seconds < 3


@pytest.mark.parametrize(
    "fault",
    [resets, breaks_off, truncates, corrupts, error("InternalServerError", 500)],
    ids=lambda fault: fault.__name__,
)
def test_a_fault_that_passes_is_invisible(table: FaultyTable, fault: Answer) -> None:
    table.script = [fault, FOUND]
    assert get_item()[0] == {"pk": {"S": "A#1"}}
    assert table.calls == 2


@pytest.mark.parametrize("fault", [resets, breaks_off, truncates, corrupts], ids=lambda fault: fault.__name__)
def test_a_broken_answer_is_never_half_read(table: FaultyTable, fault: Answer) -> None:
    table.script = [fault]
    assert get_item()[0] is None


def test_a_worker_outlasts_four_throttles(table: FaultyTable) -> None:
    table.script = [*[THROTTLE] * 4, FOUND]
    assert get_item(aws.NOBODY_WAITS)[0] is not None


def test_after_expired_credentials_the_next_invocation_recovers(
    table: FaultyTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.script = [error("ExpiredTokenException"), FOUND]
    stale = aws.dynamodb()
    assert get_item()[0] is None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "renewed")
    assert aws.dynamodb() is not stale
    assert get_item()[0] is not None


def test_what_the_table_answers_reaches_the_caller_unchanged(table: FaultyTable) -> None:
    table.script = [error("ConditionalCheckFailedException")]
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        get_item()
    assert table.calls == 1


@pytest.mark.parametrize(
    ("reasons", "refusal"),
    [
        (["TransactionConflict", "None"], Unavailable),
        (["None", "ThrottlingError"], Unavailable),
        (["TransactionConflict", "ConditionalCheckFailed"], ClientError),
    ],
)
def test_a_cancelled_transaction_is_judged_by_its_reasons(
    reasons: list[str], refusal: type[Exception]
) -> None:
    cancelled = ClientError(
        {
            "Error": {"Code": "TransactionCanceledException", "Message": ""},
            "CancellationReasons": [{"Code": code} for code in reasons],
        },
        "TransactWriteItems",
    )
    with pytest.raises(refusal), aws.translate_errors("dynamodb"):
        raise cancelled


@pytest.mark.parametrize(
    "trouble", [NoCredentialsError(), ConnectionClosedError(endpoint_url="x"), ResponseParserError()]
)
def test_trouble_on_the_way_is_unavailable(trouble: Exception) -> None:
    with pytest.raises(Unavailable) as refusal, aws.translate_errors("sqs"):
        raise trouble
    assert refusal.value.facts == {"dependency": "sqs"}


def test_clients_are_made_once(table: FaultyTable) -> None:
    assert aws.dynamodb() is aws.dynamodb()
    assert aws.dynamodb() is not aws.dynamodb(aws.NOBODY_WAITS)
