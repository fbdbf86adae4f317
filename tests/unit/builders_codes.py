"""Codes by text message in memory: the ports as the table keeps them, and one telephone desk over all.

Example:
    >>> desk = CodeDesk()
    >>> desk.ask("13800138000").valid_seconds
    600
"""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from hotline.adapters.proof_of_work import HashProof
from hotline.domain.answers import AppealStatus
from hotline.domain.code_limits import PhoneCodeLimits
from hotline.domain.directory import Directory
from hotline.domain.phone_codes import (
    Allowance,
    AskForCode,
    Challenge,
    CheckCode,
    CitizenPass,
    CodeAsked,
    CodeRequest,
)
from hotline.ports import Supplier
from hotline.use_cases.follow_appeal import track_appeal
from hotline.use_cases.list_own_appeals import OwnAppeals, OwnAppealsQuery, list_own_appeals
from hotline.use_cases.prove_phone import Sent, ask_for_code, check_code, send_code
from tests.unit.builders import Hotline, appeal
from tests.unit.builders_directory import FixedDirectory, tiny_directory, tiny_parts

PHONE = "13800138000"
HOME = "203.0.113.7"


class MemoryAllowances:
    """``ports.Allowances``; ``asked`` are the names of all, in order."""

    def __init__(self) -> None:
        self.used: dict[tuple[str, int], int] = {}
        self.asked: list[str] = []

    def take(self, allowance: Allowance, now: datetime) -> bool:
        self.asked.append(allowance.name)
        window = int(now.timestamp()) // int(allowance.window.total_seconds())
        used = self.used.get((allowance.name, window), 0)
        if used >= allowance.most:
            return False
        self.used[allowance.name, window] = used + 1
        return True


class MemoryPhoneCodes:
    """``ports.PhoneCodes``; ``calls`` are the names of what was done, in order."""

    def __init__(self) -> None:
        self.waiting: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []

    def begin(self, citizen_index: str, challenge_id: str, until: datetime) -> None:
        self.calls.append("begin")
        self.waiting[citizen_index] = {
            "id": challenge_id,
            "until": until,
            "n": 0,
            "sent": False,
            "spent": False,
        }

    def mark_sent(self, citizen_index: str, challenge_id: str) -> bool:
        found = self.waiting.get(citizen_index)
        if found is None or found["id"] != challenge_id or found["sent"]:
            return False
        found["sent"] = True
        return True

    def try_once(self, citizen_index: str, most: int, now: datetime) -> Challenge | None:
        self.calls.append("try")
        found = self.waiting.get(citizen_index)
        if found is None or found["n"] >= most or found["until"] <= now or found["spent"]:
            return None
        found["n"] += 1
        return Challenge(found["id"], found["sent"])

    def spend(self, citizen_index: str, challenge_id: str) -> bool:
        self.calls.append("spend")
        found = self.waiting[citizen_index]
        if found["id"] != challenge_id or found["spent"]:
            return False
        found["spent"] = True
        return True


class MemoryCodeRequests:
    """``ports.CodeRequests``."""

    def __init__(self) -> None:
        self.waiting: list[CodeRequest] = []

    def put(self, request: CodeRequest) -> None:
        self.waiting.append(request)


class CodeDesk:
    """The small hotline of ``Hotline`` with everything that codes need beside it."""

    def __init__(self, **limits: Any) -> None:
        self.hotline = Hotline()
        self.clock = self.hotline.clock
        self.codes = MemoryPhoneCodes()
        self.allowances = MemoryAllowances()
        self.requests = MemoryCodeRequests()
        self.suppliers = [Supplier("first", self.hotline.messenger)]
        self.directories = FixedDirectory(_with_limits(limits))

    def register(self, phone: str = PHONE, **changes: Any) -> str:
        """An appeal of that number; its tracking number."""
        receipt = self.hotline.register(appeal(**{"contact": {"phone": phone}, **changes}))
        return receipt.tracking_number

    def ask(self, phone: str = PHONE, address: str = HOME, proof: str | None = None) -> CodeAsked:
        return ask_for_code(
            AskForCode(phone=phone, proof=proof),
            address,
            codes=self.codes,
            allowances=self.allowances,
            requests=self.requests,
            effort=HashProof(),
            directories=self.directories,
            tokens=self.hotline.tokens,
            now=self.clock,
        )

    def deliver(self) -> list[Sent]:
        """Work through the queue."""
        waiting, self.requests.waiting = self.requests.waiting, []
        return [self.send(request) for request in waiting]

    def send(self, request: CodeRequest) -> Sent:
        return send_code(
            request,
            lists=self.hotline.cases,
            codes=self.codes,
            allowances=self.allowances,
            suppliers=self.suppliers,
            directories=self.directories,
            tokens=self.hotline.tokens,
            now=self.clock,
        )

    def code(self, phone: str = PHONE) -> str:
        """Ask, and read the text message."""
        self.ask(phone)
        assert self.deliver() == ["sent"]
        return next(word for word in _words(self.hotline.messenger.sent[-1].text) if len(word) == 6)

    def check(self, code: str, phone: str = PHONE, address: str = HOME) -> CitizenPass:
        return check_code(
            CheckCode(phone=phone, code=code),
            address,
            codes=self.codes,
            allowances=self.allowances,
            directories=self.directories,
            tokens=self.hotline.tokens,
            now=self.clock,
        )

    def track(self, number: str, key: str) -> AppealStatus:
        return track_appeal(
            number,
            key,
            cases=self.hotline.cases,
            words=self.hotline.words,
            sealed=self.hotline.sealed,
            directories=self.directories,
            tokens=self.hotline.tokens,
            now=self.clock,
            lent=self.lent,
        )

    def lent(self, key: str, appeal_id: str) -> bool:
        return self.hotline.tokens.is_lent_key(key, appeal_id, self.clock())

    def prove(self, phone: str = PHONE) -> str:
        """A pass for a number."""
        return self.check(self.code(phone), phone).citizen_token

    def own(self, citizen_token: str, cursor: str | None = None) -> OwnAppeals:
        return list_own_appeals(
            citizen_token,
            OwnAppealsQuery(cursor=cursor),
            lists=self.hotline.cases,
            cases=self.hotline.cases,
            directories=self.directories,
            tokens=self.hotline.tokens,
            now=self.clock,
        )


def proof_for(phone: str, at: datetime, bits: int) -> str:
    """Do the work for a number in E.164 form."""
    enough = HashProof()
    proofs = (f"{int(at.timestamp())}.{n}" for n in count())
    return next(proof for proof in proofs if enough(proof, phone, bits, at))


def _words(text: str) -> list[str]:
    digits = "".join(letter if letter.isascii() and letter.isdigit() else " " for letter in text)
    return digits.split()


def _with_limits(limits: dict[str, Any]) -> Directory:
    parts = tiny_parts()
    policies = parts["core"]["policies"]
    core = {**parts["core"], "policies": {**policies, "phone_codes": PhoneCodeLimits(**limits).model_dump()}}
    return tiny_directory({**parts, "core": core})
