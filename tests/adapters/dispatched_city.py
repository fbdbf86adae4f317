"""A city of a district, two sub-districts and two offices, with appeals that really lie in the tables.

The folder is what its people would change; the stack works with the folder as it was.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest

from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.adapters.dynamodb.texts import DynamoDBWords
from hotline.domain.actor import CITIZEN, Actor, Role
from hotline.domain.appeal import RegisterAppeal
from hotline.domain.events import Envelope
from hotline.domain.identifiers import keyed
from hotline.domain.orders import AgencyCommand, ReturnGround, ReturnOrder
from hotline.domain.tokens import Tokens
from hotline.use_cases.act_on_order import act_on_order
from hotline.use_cases.adjudicate_return import Adjudicate, adjudicate_return
from hotline.use_cases.dispatch_appeals import dispatch_appeals
from hotline.use_cases.dispatch_by_operator import DispatchByOperator, dispatch_by_operator
from hotline.use_cases.register_appeal import register_appeal
from infrastructure.directory.loading import load
from infrastructure.ops.cli import main
from tests.adapters.conftest import Tables
from tests.unit.builders_directory import BEIJING_FOLDER, TODAY, FixedDirectory
from tests.unit.fakes import FixedClock

BALIZHUANG, SANLITUN = "110105015", "110105004"
_PLACES = {"110000", "110105", BALIZHUANG, SANLITUN}
_AGENCIES = {*_PLACES, "gas", "tap-water", "urban-management", "water-authority"}
_RULES = (
    "rule_id,service,place,agency,effective_from\ncity/all,*,*,{subdistrict},\ncity/gas,gas.supply,*,gas,\n"
)

OPERATOR = Actor(role=Role.OPERATOR, subject="li")
JUDGE = Actor(role=Role.ADJUDICATOR, subject="qian")
RETURN = ReturnOrder(ground=ReturnGround.NOT_OUR_DUTY, text="不属于本单位职责")


def city_folder(target: Path) -> Path:
    """The folder, made from Beijing's files."""
    shutil.copytree(BEIJING_FOLDER, target)
    keep_lines(target / "jurisdictions.csv", lambda cells: cells[0] in _PLACES)
    keep_lines(target / "agencies.csv", lambda cells: cells[0] in _AGENCIES)
    keep_lines(target / "gazetteer.csv", lambda cells: cells[2] in _PLACES)
    keep_lines(target / "places.csv", lambda cells: False)
    (target / "duty_rules.csv").write_text(_RULES, encoding="utf-8")
    return target


def keep_lines(path: Path, wanted: Callable[[list[str]], bool]) -> None:
    """Drop the lines of a file that are not wanted."""
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if wanted(line.split(","))]
    path.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")


class City:
    """The city's stored appeals, and the command line at them.

    Attributes:
        folder: a copy of the directory in force, for a test to change.
    """

    def __init__(self, tables: Tables, at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("infrastructure.ops.directory.today", lambda: TODAY)
        self.tables = tables
        self.folder = city_folder(at / "city")
        self.clock = FixedClock(datetime(2026, 11, 9, 2, tzinfo=UTC))
        loaded = load(self.folder, TODAY)
        assert not loaded.problems.errors, loaded.problems
        self.directories = FixedDirectory(loaded.directory())
        self.cases = DynamoDBCases(tables.client, "CasesTable", "TextsTable", "SealedTable")
        self.words = DynamoDBWords(tables.client, "TextsTable")
        self._keys = count(1)
        self._tokens = Tokens(lambda purpose: keyed(b"a key of the tests", "key", purpose))
        self._stack_file = at / "stack.json"
        names = {name: f"{name.capitalize()}Table" for name in ("cases", "texts", "directory")}
        outputs = {f"{name}_table": table for name, table in names.items()}
        self._stack_file.write_text(json.dumps({"region": "cn-north-1", **outputs}))
        store = DirectoryStore(tables.client, "DirectoryTable")
        store.save(loaded.version, loaded.parts, {})
        store.activate(loaded.version)

    def run(self, *arguments: str) -> int:
        """The command line, which may do nothing but read."""
        boto3.DEFAULT_SESSION = None
        session: Any = boto3.Session()
        boto3.DEFAULT_SESSION = session
        session.events.register("before-call.dynamodb", _only_read)
        try:
            return main([*arguments, "--stack", str(self._stack_file)])
        finally:
            boto3.DEFAULT_SESSION = None

    def appeal(self, text: str = "楼上装修太吵", **changes: Any) -> str:
        """The id of a new appeal that the rules have decided or referred."""
        body = {"type": "complaint", "text": text, "service_code": "gas.supply"}
        command = RegisterAppeal.model_validate(body | {"place": {"subdistrict": BALIZHUANG}} | changes)
        now: dict[str, Any] = {"cases": self.cases, "directories": self.directories, "now": self.clock}
        receipt = register_appeal(
            command,
            by=CITIZEN,
            caller="public",
            idempotency_key=f"key-{next(self._keys)}",
            tokens=self._tokens,
            **now,
        )
        registered = Envelope(
            event_id=f"{receipt.tracking_number}:1",
            name="AppealRegistered",
            occurred_at=self.clock(),
            correlation_id=receipt.tracking_number,
            causation_id="register",
            actor="citizen",
            data={},
        )
        assert dispatch_appeals([registered], lists=self.cases, words=self.words, **now) == {}
        self.clock.pass_(minutes=1)
        return receipt.tracking_number

    def returned(self, *, by: str = "gas", **changes: Any) -> str:
        """The id of an appeal that its agency has returned."""
        appeal_id = self.appeal(f"第 {next(self._keys)} 件", **changes)
        self.acts(appeal_id, RETURN, by)
        return appeal_id

    def acts(self, appeal_id: str, command: AgencyCommand, agency_id: str) -> None:
        """Let an agency act on its order."""
        officer = Actor(role=Role.AGENCY, subject="zhang", agency_id=agency_id)
        act_on_order(appeal_id, command, by=officer, **self._at_hand())

    def judged(self, appeal_id: str, agency_id: str | None = None, verdict: str = "redirect") -> None:
        """Let the adjudicator decide about a returned order."""
        command = Adjudicate.model_validate(
            {"verdict": verdict, "agency_id": agency_id, "text": "按职责裁定"}
        )
        adjudicate_return(appeal_id, command, by=JUDGE, expected_version=None, **self._at_hand())

    def dispatched(self, appeal_id: str, agency_id: str, **choice: Any) -> None:
        """Let an operator decide."""
        command = DispatchByOperator(agency_id=agency_id, **choice)
        dispatch_by_operator(appeal_id, command, by=OPERATOR, expected_version=None, **self._at_hand())

    def _at_hand(self) -> dict[str, Any]:
        self.clock.pass_(minutes=1)
        return {
            "command_id": f"command-{next(self._keys)}",
            "cases": self.cases,
            "words": self.words,
            "directories": self.directories,
            "now": self.clock,
        }


def _only_read(model: Any, **_: Any) -> None:
    reads = {"GetItem", "BatchGetItem", "Query", "Scan", "DescribeTable"}
    assert model.name in reads, f"a report must not call {model.name}"
