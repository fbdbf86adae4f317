"""The mini-program against the deployed stack: a citizen reports by it, an agency acts, the citizen answers by it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.local.talking import Stack
from tests.local.test_chain import BALIZHUANG, Citizen, OrderAtAgency
from tests.template import ROOT

pytestmark = pytest.mark.local

CLIENT = ROOT / "infrastructure/clients/miniprogram"
INSTALLED = shutil.which("node") is not None and (CLIENT / "node_modules").is_dir()


class Holder(Citizen):
    """Somebody whose phone keeps number and key."""

    def __init__(self, stack: Stack, number: str, key: str) -> None:
        self.stack, self.number, self.key = stack, number, {"X-Tracking-Key": key}


class Phone:
    """A phone with the program on it; its memory outlives each start."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._stack, self._memory = stack, folder / "storage.json"

    def does(self, act: str, **wishes: Any) -> dict[str, Any]:
        command = [
            "node",
            "tests/live.js",
            act,
            self._stack["api_url"],
            str(self._memory),
            json.dumps(wishes),
        ]
        done = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        assert not told["trouble"], told
        return told


@pytest.mark.skipif(
    not INSTALLED and "CI" not in os.environ,
    reason="needs Node: `make miniprogram` installs the program's tests",
)
def test_a_citizen_reports_follows_and_answers_with_the_mini_program(stack: Stack, tmp_path: Path) -> None:
    picture = tmp_path / "1.jpeg"
    Image.new("RGB", (64, 48), "orange").save(picture)
    phone = Phone(stack, tmp_path)
    mark = uuid.uuid4().hex
    text = f"楼下工地半夜施工噪音扰民 {mark}"
    told = phone.does("report", text=text, phone="13800138000", subdistrict=BALIZHUANG, picture=str(picture))
    assert told["posts"] == 2, "the first answer got lost; the same key found the appeal that was registered"
    (kept,) = told["kept"]
    assert kept["spoken"] in told["said"]
    assert "照片已上传" in told["said"]

    citizen = Holder(stack, kept["number"], kept["key"])
    order = OrderAtAgency(stack, citizen)
    assert order.body["text"] == text
    order.is_handled()
    citizen.waits_for("surveying")

    told = phone.does("survey", contacted=True, resolved=True, satisfied=True)
    assert "已约谈工地，夜间停工" in told["seen"]
    assert [picture["url"][:4] for picture in told["pictures"]] == ["http"], (
        "the verified picture can be seen"
    )
    assert told["result"]
    citizen.waits_for("closed")
