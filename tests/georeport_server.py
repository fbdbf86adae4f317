"""A GeoReport v2 server on loopback, strict about what it is sent and nasty on demand.

Example::

    with GeoReportServer() as far_end:
        far_end.plan = ["lost", "ok"]   # how the next POSTs of requests end
        far_end.endpoint                # what stands in the directory
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlsplit
from xml.sax.saxutils import escape

KEY = "a key of the far end"
Row = dict[str, Any]


class GeoReportServer:
    """Keeps what it is sent.

    Attributes:
        plan: how the next tries to create end: ok, lost (kept, connection cut), 500, html, half, 429, redirect,
            token, int (the id is a number), huge, 400 …
        answers: so many calls of the list are answered with this status first.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.plan: list[str] = []
        self.answers: list[int] = []
        self.kept: dict[str, Row] = {}
        self.updates: list[Row] = []
        self.seen: list[str] = []
        self.followed = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v2"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def says(self, request_id: str, notes: str, status: str = "open") -> None:
        """What the agency writes about a request."""
        self.kept[request_id] |= {"status": status, "status_notes": notes}

    # --- what it does --------------------------------------------------------------------------------

    def posted(self, form: dict[str, str]) -> tuple[str, Row | None]:
        """How a POST ends, and the request that it makes."""
        what = self.plan.pop(0) if self.plan else "ok"
        if what in ("429", "400", "redirect"):
            return what, None
        located = "address_string" in form or {"lat", "long"} <= form.keys()
        if form.get("api_key") != KEY or not form.get("service_code") or not located:
            return "400", None
        if len(form.get("description", "")) > 4000:
            return "400", None
        row = {
            "service_request_id": str(1000 + len(self.kept)),
            "status": "open",
            "service_code": form["service_code"],
            "description": form.get("description", ""),
            "requested_datetime": self.now().isoformat(),
            "updated_datetime": self.now().isoformat(),
        }
        self.kept[str(row["service_request_id"])] = row
        return what, row

    def listed(self, asked: dict[str, str]) -> list[Row]:
        """What a GET of the list shows."""
        if ids := asked.get("service_request_id"):
            return [self.kept[each] for each in ids.split(",") if each in self.kept]
        first, last = (datetime.fromisoformat(asked[name]) for name in ("start_date", "end_date"))
        return [
            row
            for row in self.kept.values()
            if asked["service_code"] == row["service_code"]
            and first <= datetime.fromisoformat(str(row["requested_datetime"])) <= last
        ]


def _handler(far_end: GeoReportServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            assert self.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
            form = dict(parse_qsl(self.rfile.read(length).decode(), strict_parsing=True))
            resource, _, form_of = self.path.rpartition(".")
            far_end.seen.append(f"POST {self.path}")
            if resource.endswith("servicerequestupdates"):
                if any(each["update_id"] == form["update_id"] for each in far_end.updates):
                    self._say(400, [{"code": "400", "description": "duplicate"}], form_of)
                    return
                far_end.updates.append(form)
                self._say(200, [{"update_id": form["update_id"]}], form_of)
                return
            what, row = far_end.posted(form)
            match what:
                case "lost":
                    self.close_connection = True
                case "half":
                    self._write(200, "application/json", '[{"service_request')
                case "html":
                    self._write(200, "text/html", "<html><body>Thank you!</body></html>")
                case "huge":
                    self._write(200, "application/json", "[" + " " * 3_000_000 + "]")
                case "redirect":
                    self.send_response(302)
                    self.send_header("Location", f"{far_end.endpoint}/inside")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                case "token":
                    self._say(200, [{"token": f"t{row['service_request_id']}"}], form_of)  # type: ignore[index]
                case "int":
                    self._say(200, [{"service_request_id": int(row["service_request_id"])}], form_of)  # type: ignore[index]
                case "ok":
                    self._say(200, [{"service_request_id": row["service_request_id"]}], form_of)  # type: ignore[index]
                case status:
                    self._write(int(status), "text/html", "<h1>Something went wrong</h1>")

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            far_end.seen.append(f"GET {self.path}")
            if parts.path.endswith("/inside"):
                far_end.followed += 1
            resource, _, form_of = parts.path.rpartition(".")
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if far_end.answers:
                self._write(far_end.answers.pop(0), "text/html", "<h1>Bad gateway</h1>")
            elif "/tokens/" in resource:
                token = resource.rpartition("/")[2]
                known = token[1:] in far_end.kept
                row = {"service_request_id": token[1:] if known else "", "token": token}
                self._say(200, [row], form_of)
            elif resource.endswith("/servicerequestupdates"):
                self._say(200, far_end.updates, form_of)
            elif "/requests/" in resource:
                row = far_end.kept.get(resource.rpartition("/")[2])  # type: ignore[assignment]
                self._say(200 if row else 404, [row] if row else [], form_of)
            else:
                self._say(200, far_end.listed(asked), form_of)

        def _say(self, status: int, rows: list[Row], form: str) -> None:
            if form == "json":
                self._write(status, "application/json; charset=utf-8", json.dumps(rows, ensure_ascii=False))
                return
            inner = "".join(
                "<request>"
                + "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in row.items())
                + "</request>"
                for row in rows
            )
            text = f'<?xml version="1.0" encoding="utf-8"?><service_requests>{inner}</service_requests>'
            self._write(status, "text/xml; charset=utf-8", text)

        def _write(self, status: int, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
