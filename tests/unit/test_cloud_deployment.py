"""What `make deploy` builds for, and where it refuses."""

from __future__ import annotations

import tomllib

import pytest

from infrastructure.local.place import ROOT, runtime
from infrastructure.local.trouble import Trouble
from infrastructure.ops.deploy import artifact_parameters, profile_settings, saved_parameters

SAVED_BY_SAM = {
    "parameter_overrides": 'OidcIssuer="https://id.example" TagCity="Bei jing" Architecture="x86_64"'
}


def test_the_first_time_the_interpreter_decides_the_runtime() -> None:
    assert artifact_parameters({}, None, None) == {"RuntimeVersion": runtime(), "Architecture": "arm64"}


def test_answers_that_sam_saved_are_kept() -> None:
    parameters = artifact_parameters(SAVED_BY_SAM, None, None)
    assert parameters["OidcIssuer"] == "https://id.example"
    assert parameters["TagCity"] == "Bei jing"
    assert parameters["Architecture"] == "x86_64"


def test_parameters_may_also_be_written_as_a_list() -> None:
    assert saved_parameters({"parameter_overrides": ["Query=a=b"]}) == {"Query": "a=b"}


def test_what_is_asked_for_now_wins_over_what_was_saved() -> None:
    assert artifact_parameters(SAVED_BY_SAM, None, "arm64")["Architecture"] == "arm64"


def test_a_runtime_that_is_not_the_interpreters_is_refused_and_the_parameter_named() -> None:
    with pytest.raises(
        Trouble, match=r"RuntimeVersion is python3\.10, but python3\.\d+ builds here"
    ) as refusal:
        artifact_parameters({"parameter_overrides": "RuntimeVersion=python3.10"}, None, None)
    assert f"RUNTIME={runtime()}" in str(refusal.value)


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    samconfig = tomllib.loads((ROOT / "samconfig.toml").read_text())
    with pytest.raises(Trouble, match="It has default, cn"):
        profile_settings(samconfig, "nowhere")


def test_no_profile_holds_data_of_an_account() -> None:
    text = (ROOT / "samconfig.toml").read_text()
    assert "arn:" not in text
    assert not any(len(word) == 12 and word.isdigit() for word in text.replace('"', " ").split())


def test_aws_china_has_a_profile_of_its_own() -> None:
    samconfig = tomllib.loads((ROOT / "samconfig.toml").read_text())
    assert profile_settings(samconfig, "cn")["region"].startswith("cn-")
