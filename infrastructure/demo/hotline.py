"""The deployed stack as the demo's people reach it: citizens and staff over HTTP, agencies over SQS."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import urllib3

from infrastructure.local.identity import Identity, staff_claims
from infrastructure.ops.agency_queues import DEAD_LETTERS, queue_names
from infrastructure.ops.queues import survey
from infrastructure.ops.stack import Stack

Json = dict[str, Any]

OUTAGE_S = 240
"""How long a call is repeated while the stack is not there or too busy; longer than a restart takes."""

LONGEST_PAUSE_S = 5.0
TOKEN_LIFE = timedelta(hours=8)
CONNECTIONS = 24

TIMEOUT = urllib3.Timeout(connect=3, read=35)
"""A little longer than API Gateway waits for a function (29 s)."""

ADDRESSES: Mapping[str, str] = {
    "reveal": "/dispatch/queue/{appeal_id}/reveal",
    "consult": "/dispatch/queue/{appeal_id}/consult",
    "dispatch": "/orders/{appeal_id}.1/dispatch",
    "conclude": "/orders/{appeal_id}.1/conclude",
    "adjudicate": "/orders/{appeal_id}.1/adjudicate",
    "merge": "/orders/{appeal_id}.1/merge",
    "unmerge": "/orders/{appeal_id}.1/unmerge",
    "urge": "/supervision/orders/{appeal_id}.1/urge",
    "supervise": "/supervision/orders/{appeal_id}.1/supervise",
    "resume": "/orders/{appeal_id}.1/resume",
}
"""Where each command of the staff is given."""

BUSY = frozenset({429, 500, 502, 503, 504})


class StackSilent(Exception):
    """The stack does not answer."""


class Answer:
    """What a call led to."""

    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self.body = body

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the same would be answered each time; a conflict may pass."""
        return self.status in (400, 403, 422)

    @property
    def problem(self) -> str:
        """The refusal in words."""
        said = (self.body.get(name) for name in ("detail_en", "errors"))
        return " ".join((str(self.status), *(str(each) for each in said if each)))


class Timings:
    """How long calls took, by name; safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: dict[str, list[float]] = defaultdict(list)
        self.repeated = 0

    def add(self, name: str, seconds: float) -> None:
        with self._lock:
            self._seconds[name].append(seconds)

    def count_repeat(self) -> None:
        with self._lock:
            self.repeated += 1

    def by_name(self) -> Mapping[str, list[float]]:
        with self._lock:
            return {name: sorted(seconds) for name, seconds in self._seconds.items()}


class Hotline:
    """The API and the embedded AWS behind it; the local identity provider signs the staff's tokens."""

    def __init__(self, stack: Stack) -> None:
        self._api = stack["api_url"].rstrip("/")
        self._aws = stack["endpoint_url"]
        self._identity = Identity(Path(stack["identity_folder"]))
        self._tokens: dict[tuple[str, str | None], str] = {}
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS, timeout=TIMEOUT, retries=False)
        self.timings = Timings()
        self.stop = threading.Event()

    # ------------------------------------------------------------------ citizens

    def register(self, body: Json, idempotency_key: str) -> Answer:
        """Post an appeal; safe to repeat."""
        return self._call("POST", "/appeals", "register", body, {"Idempotency-Key": idempotency_key})

    def track(self, number: str, secret_key: str) -> Answer:
        return self._call("GET", f"/appeals/{number}", "track", None, {"X-Tracking-Key": secret_key})

    def withdraw(self, number: str, secret_key: str) -> Answer:
        headers = {"X-Tracking-Key": secret_key, "Idempotency-Key": f"demo-withdraw-{number}"}
        return self._call("POST", f"/appeals/{number}/withdrawal", "withdraw", None, headers)

    def answer_survey(self, token: str, answers: Json) -> Answer:
        return self._call("POST", f"/surveys/{token}", "answer survey", answers)

    def text_messages(self, phone: str) -> list[str]:
        """The text messages that reached a phone; the embedded AWS keeps them instead of sending them."""
        url = f"{self._aws}/_ministack/sns/sms-messages?phoneNumber={quote(phone)}"
        found = self._send("GET", url, "read text messages", None, {}).body
        return [message["Message"] for message in _records(found)]

    # ------------------------------------------------------------------ staff

    def queue(self) -> list[Json]:
        """What waits for an operator, the most urgent first."""
        page = self._staff("GET", "/dispatch/queue?limit=100", "operator: queue", "operator").body
        return list(page["orders"])

    def candidates(self, appeal_id: str) -> Answer:
        return self._staff("GET", f"/dispatch/queue/{appeal_id}", "operator: candidates", "operator")

    def command(
        self, role: str, command: str, appeal_id: str, body: Json, idempotency_key: str | None = None
    ) -> Answer:
        """Give a command about an appeal or its lead order, under the address that the command has."""
        path = ADDRESSES[command].format(appeal_id=appeal_id)
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._staff("POST", path, f"{role}: {command}", role, body=body, headers=headers)

    def disputes(self) -> list[Json]:
        """Returned orders that wait for an adjudicator, the most urgent first."""
        path = "/dispatch/disputes?limit=100"
        return list(self._staff("GET", path, "adjudicator: disputes", "adjudicator").body["orders"])

    def requests(self, district: str) -> list[Json]:
        """What waits for the decision of a district's supervisors, or the city's, the most urgent first."""
        path = f"/supervision/requests?district={district}&limit=100"
        return list(self._staff("GET", path, "supervisor: requests", "supervisor").body["requests"])

    def decide(self, order_id: str, decision: Json, idempotency_key: str) -> Answer:
        """Decide about a request for more time or a hold."""
        path, headers = f"/supervision/requests/{order_id}/decide", {"Idempotency-Key": idempotency_key}
        return self._staff("POST", path, "supervisor: decide", "supervisor", body=decision, headers=headers)

    def side(self, order_id: str) -> Answer:
        """An order beside a lead order, as an auditor sees it."""
        return self._staff("GET", f"/orders/{order_id}", "auditor: side order", "auditor")

    def order(self, appeal_id: str, role: str = "auditor") -> Answer:
        return self._staff("GET", f"/orders/{appeal_id}.1", f"{role}: order", role)

    def districts(self) -> list[str]:
        """Codes of the districts."""
        found = self._call("GET", "/jurisdictions", "jurisdictions").body["jurisdictions"]
        return sorted(place["code"] for place in found if place["level"] == "district")

    def upload_evidence(self, appeal_id: str, agency_id: str, picture: bytes) -> str | None:
        """Upload a PNG for an order; the attachment's id, or None if the order takes none (any more)."""
        answer = self._staff(
            "POST",
            f"/orders/{appeal_id}.1/attachments",
            "agency: offer evidence",
            "agency",
            agency_id,
            body={"content_type": "image/png", "size_bytes": len(picture), "file_name": "done.png"},
        )
        if not answer.ok:
            return None
        offer = answer.body
        form = {**offer["fields"], "file": ("done.png", picture, "image/png")}
        self._pool.request("POST", offer["url"], fields=form)
        return str(offer["attachment_id"])

    # ------------------------------------------------------------------ inside

    def _staff(
        self,
        method: str,
        path: str,
        name: str,
        role: str,
        agency: str | None = None,
        *,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        if (role, agency) not in self._tokens:
            claims = staff_claims(role, agency)
            self._tokens[role, agency] = self._identity.token(claims, TOKEN_LIFE, datetime.now(UTC))
        bearer = {"Authorization": f"Bearer {self._tokens[role, agency]}"}
        return self._call(method, path, name, body, {**bearer, **(headers or {})})

    def _call(
        self,
        method: str,
        path: str,
        name: str,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return self._send(method, f"{self._api}{path}", name, body, headers or {})

    def _send(
        self, method: str, url: str, name: str, body: Json | None, headers: Mapping[str, str]
    ) -> Answer:
        """Call until there is an answer that a repetition would not change."""
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        for pause_s in _pauses():
            began = time.perf_counter()
            try:
                response = self._pool.request(
                    method, url, body=content, headers={"Content-Type": "application/json", **headers}
                )
            except urllib3.exceptions.HTTPError:
                status = 0
            else:
                status = response.status
            if status not in BUSY and status:
                self.timings.add(name, time.perf_counter() - began)
                return Answer(status, json.loads(response.data) if response.data else {})
            self.timings.count_repeat()
            if self.stop.wait(pause_s):
                break
        raise StackSilent(f"{method} {url} was not answered for {OUTAGE_S} s")


class AgencyQueues:
    """Every agency's own queue, and the replies queue."""

    def __init__(self, stack: Stack) -> None:
        self._sqs = stack.client("sqs", connections=CONNECTIONS)
        self._prefix = stack["agency_queue_prefix"]
        self._replies_url = stack["replies_queue_url"]
        names = [name for name in queue_names(self._sqs, self._prefix) if not name.endswith(DEAD_LETTERS)]
        self.agencies = sorted(name.removeprefix(f"{self._prefix}-") for name in names)
        # All queues of a stack have the same address but for the name.
        self._base = self._sqs.get_queue_url(QueueName=names[0])["QueueUrl"].rpartition("/")[0]

    def receive(self, agency_id: str) -> list[Json]:
        """What waits on an agency's queue now; without waiting for more."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url(agency_id), MaxNumberOfMessages=10, WaitTimeSeconds=0
        )
        return list(answer.get("Messages", ()))

    def delete(self, agency_id: str, received: Sequence[Json]) -> None:
        """The messages have been worked off."""
        entries = [
            {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]}
            for place, message in enumerate(received)
        ]
        self._sqs.delete_message_batch(QueueUrl=self._url(agency_id), Entries=entries)

    def reply(self, replies: Sequence[tuple[Json, int]]) -> None:
        """Send replies, each with the seconds that SQS holds it back.

        Raises:
            StackSilent: SQS did not take one of them.
        """
        for start in range(0, len(replies), 10):
            entries = [
                {"Id": str(place), "MessageBody": json.dumps(reply), "DelaySeconds": delay_s}
                for place, (reply, delay_s) in enumerate(replies[start : start + 10])
            ]
            answer = self._sqs.send_message_batch(QueueUrl=self._replies_url, Entries=entries)
            if answer.get("Failed"):
                raise StackSilent(f"the replies queue refused {answer['Failed']}")

    def _url(self, agency_id: str) -> str:
        return f"{self._base}/{self._prefix}-{agency_id}"


def dead_letters(stack: Stack) -> dict[str, int]:
    """How many messages have died, by queue; only queues with any."""
    lines = survey(stack, stack.client("sqs", connections=16), lambda done, total: None)
    return {line.name: line.dead for line in lines if line.dead}


def _pauses() -> Iterator[float]:
    """Seconds between tries, growing, for ``OUTAGE_S`` in all."""
    end, pause_s = time.monotonic() + OUTAGE_S, 0.2
    while time.monotonic() < end:
        yield pause_s
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


def _records(found: Any) -> Iterator[Json]:
    """Every record in the embedded AWS's listing, however it is nested."""
    if isinstance(found, dict):
        if "Message" in found:
            yield found
        else:
            for value in found.values():
                yield from _records(value)
    elif isinstance(found, list):
        for value in found:
            yield from _records(value)
