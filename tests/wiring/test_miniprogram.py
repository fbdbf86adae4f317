"""The mini-program and the rest say the same, as far as that shows without Node: pages, calls, sentences, hosts."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from hotline.domain.lifecycle import Status
from tests.template import ROOT

CLIENT = ROOT / "infrastructure/clients/miniprogram"
APP = CLIENT / "app"
PRIVATE = {"getLocation", "chooseLocation"}
"""Calls that WeChat wants to have declared."""
BY_CODE = {"types", "typesAbout", "next", "nextInConfidence", "nextConcluded", "due", "emergency"}
"""Sentences that are chosen by a code, not by a name in a page."""


def sources(*kinds: str) -> dict[str, str]:
    found = [path for kind in kinds for path in sorted(APP.rglob(f"*.{kind}"))]
    return {str(path.relative_to(APP)): path.read_text(encoding="utf-8") for path in found}


def exported(path: str) -> Any:
    """What a file exports that is JSON after ``module.exports =``."""
    text = (APP / path).read_text(encoding="utf-8")
    return json.loads(text.partition("module.exports = ")[2].rstrip().removesuffix(";"))


@cache
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "functions/web/openapi.json").read_text(encoding="utf-8"))
    return loaded


OPERATIONS: dict[str, dict[str, Any]] = exported("api/operations.js")
WORDS: dict[str, dict[str, dict[str, str]]] = {
    language: exported(f"words/{language}.js") for language in ("zh-CN", "en")
}


# ---- files --------------------------------------------------------------------------------------


def test_every_json_file_can_be_read() -> None:
    paths = [*APP.rglob("*.json"), *CLIENT.glob("*.json")]
    assert len(paths) > 15
    for path in paths:
        json.loads(path.read_text(encoding="utf-8"))


def test_every_page_and_component_is_whole_and_every_page_is_registered() -> None:
    app = json.loads((APP / "app.json").read_text())
    pages = {str(path.relative_to(APP).with_suffix("")) for path in (APP / "pages").rglob("*.wxml")}
    assert set(app["pages"]) == pages
    assert app["pages"][0] == "pages/home/home"
    components = {str(path.relative_to(APP).with_suffix("")) for path in (APP / "components").rglob("*.wxml")}
    for name in pages | components:
        assert all((APP / f"{name}.{kind}").exists() for kind in ("js", "json", "wxml", "wxss")), name
        used = json.loads((APP / f"{name}.json").read_text()).get("usingComponents", {})
        assert {place.removeprefix("/") for place in used.values()} <= components
        tags = set(re.findall(r"<([a-z-]+)", (APP / f"{name}.wxml").read_text()))
        assert tags & {component.rpartition("/")[2] for component in components} == set(used), name


def test_what_wechat_calls_private_is_declared() -> None:
    called = {name for text in sources("js").values() for name in re.findall(r"\bwx\.(\w+)", text)}
    assert called & PRIVATE == PRIVATE
    app = json.loads((APP / "app.json").read_text())
    assert set(app["requiredPrivateInfos"]) == PRIVATE
    assert app["__usePrivacyCheck__"] is True
    assert called.isdisjoint({"login", "getUserProfile", "getUserInfo"}), "citizens need no account"


def test_every_handler_named_in_a_template_exists() -> None:
    for name, text in sources("wxml").items():
        script = (APP / name).with_suffix(".js").read_text() + (APP / "lib/reader.js").read_text()
        for handler in re.findall(r'\bbind:?[a-z]+="(\w+)"', text):
            assert re.search(rf"^    (async )?{handler}\(", script, re.MULTILINE), f"{name}: {handler}"


# ---- the API ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_call_is_in_the_document_with_its_path_headers_and_fields(name: str) -> None:
    ours = OPERATIONS[name]
    theirs = document()["paths"][ours["path"]][ours["method"].lower()]
    assert theirs["operationId"] == name
    parameters = [resolved(each) for each in theirs.get("parameters", ())]
    headers = {each["name"] for each in parameters if each["in"] == "header"}
    if {"trackingKey": []} in theirs["security"]:
        headers.add(document()["components"]["securitySchemes"]["trackingKey"]["name"])
    assert set(ours.get("headers", ())) == headers
    assert set(ours.get("query", ())) <= {each["name"] for each in parameters if each["in"] == "query"}
    sends = set(ours.get("sends", ()))
    if "requestBody" not in theirs:
        assert sends == set()
    else:
        body = resolved(theirs["requestBody"]["content"]["application/json"]["schema"])
        assert set(body["required"]) <= sends <= set(body["properties"])


def test_the_client_has_a_function_for_every_call_and_no_other() -> None:
    client = (APP / "api/client.js").read_text()
    assert set(re.findall(r'\bcall\("(\w+)"', client)) == set(OPERATIONS)


def test_every_name_of_the_wire_is_one_of_the_document() -> None:
    """Only what the API says and takes is written with underscores here."""
    known = set(re.findall(r'"([a-z]+(?:_[a-z0-9]+)+)"', json.dumps(document())))
    known |= {status.value for status in Status}
    for name, text in sources("js", "wxml").items():
        code = re.sub(r"//.*", "", text)
        used = set(re.findall(r"(?<![\w.$-])[a-z]+(?:_[a-z0-9]+)+\b|(?<=\.)[a-z]+(?:_[a-z0-9]+)+\b", code))
        assert used <= known, f"{name}: {used - known}"


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    found: Any = node
    while "$ref" in found:
        place: Any = document()
        for part in found["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        found = place
    return dict(found)


# ---- sentences ----------------------------------------------------------------------------------


def test_both_languages_say_everything() -> None:
    chinese, english = WORDS["zh-CN"], WORDS["en"]
    assert {name: set(said) for name, said in chinese.items()} == {
        name: set(said) for name, said in english.items()
    }
    assert all(text.strip() for said in (*chinese.values(), *english.values()) for text in said.values())
    foreign = [text for said in english.values() for text in said.values() if re.search("[一-鿿]", text)]
    assert foreign == ["中文"], "the way to the other language"
    assert not [name for name, said in chinese.items() if said == english[name]]


def test_every_sentence_that_a_page_asks_for_exists_and_every_sentence_is_asked_for() -> None:
    texts = sources("js", "wxml")
    asked = {
        (section, name)
        for text in texts.values()
        for section, name in re.findall(r"\bwords(?:\(\))?\.(\w+)\.(\w+)", text)
    }
    known = {(section, name) for section, said in WORDS["zh-CN"].items() for name in said}
    assert asked <= known
    everything = "\n".join(text for name, text in texts.items() if not name.startswith("words/"))
    unasked = {
        (section, name)
        for section, name in known - asked
        if section not in BY_CODE and name != "title" and not re.search(rf"\b{name}\b", everything)
    }
    assert unasked == set()


def test_every_status_says_what_happens_next_and_every_kind_of_appeal_has_a_name() -> None:
    words = WORDS["zh-CN"]
    assert set(words["next"]) == {status.value for status in Status}
    assert set(words["nextInConfidence"]) | set(words["nextConcluded"]) <= set(words["next"])
    kinds = resolved({"$ref": "#/components/schemas/AppealType"})["enum"]
    assert set(words["types"]) == set(words["typesAbout"]) == set(kinds)


# ---- hosts --------------------------------------------------------------------------------------


def test_the_program_knows_no_host_but_the_one_that_a_city_sets() -> None:
    hosts = {
        (name, host)
        for name, text in sources("js", "json", "wxml", "wxss").items()
        for host in re.findall(r"(?:https?:)?//([\w.-]+\.\w+)", text)
    }
    assert hosts == {("config.js", "hotline.example")}


def test_the_lock_names_no_registry_and_holds_what_it_installs() -> None:
    lock = json.loads((CLIENT / "package-lock.json").read_text())
    installed = [package for name, package in lock["packages"].items() if name]
    assert [package for package in installed if "resolved" in package] == []
    assert [package for package in installed if "integrity" not in package] == []
    wanted = json.loads((CLIENT / "package.json").read_text())["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert lock["packages"][""]["devDependencies"] == wanted
