"""The checked-in OpenAPI document is the one that the code describes, and a valid one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hotline.edges.openapi import build
from infrastructure.ops import openapi


def test_the_checked_in_document_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert openapi.main(["--check"]) == 0, capsys.readouterr().err


def test_every_operation_of_every_api_is_in_it() -> None:
    document = json.loads(openapi.DOCUMENT.read_text(encoding="utf-8"))
    registered = {
        (operation.path, operation.method.lower())
        for app in openapi.applications()
        for operation in app.operations
    }
    documented = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert documented == registered


def test_a_stale_document_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "openapi.json"
    stale.write_text("{}\n")
    monkeypatch.setattr(openapi, "DOCUMENT", stale)

    assert openapi.main(["--check"]) == 1
    assert "python -m infrastructure.ops.openapi" in capsys.readouterr().err

    assert openapi.main([]) == 0
    assert openapi.main(["--check"]) == 0


def test_it_is_valid_openapi() -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(build(openapi.applications()))
