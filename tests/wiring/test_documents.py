"""Documents say what is there, nothing secret is in the repository, and nothing unused in the package."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from infrastructure.ops.cli import build_parser
from tests.template import ROOT, load
from tests.wiring.code import FUNCTIONS, PACKAGE

_LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=False,
)
TRACKED = [ROOT / name for name in _LISTED.stdout.splitlines() if (ROOT / name).is_file()]
DOCUMENTS = [path for path in TRACKED if path.suffix == ".md"]
TARGETS = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

SECRETS = {
    "an access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "a token of a code host": re.compile(r"\b(?:ghp|gho|glpat|github_pat)[_-][A-Za-z0-9_]{20,}"),
    "a key of a chat or payment service": re.compile(r"\b(?:xox[abp]-|sk_live_|sk-)[A-Za-z0-9-]{16,}"),
    "a password in an address": re.compile(r"[a-z]+://[^/\s:@\"'{}$]+:[^/\s:@\"'{}$]+@"),
}

ONLY_SEEN_FROM_OUTSIDE = {
    "model_config",  # read by pydantic
    "get_remaining_time_in_millis",  # a Protocol's method
    "formatException",  # called by logging
    "_extract_log_message",  # called by Powertools
    "is_working_day",  # what tests hold the calendars against
}
"""Names that no line of ours uses, because a library does."""


def names(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_documents_mention_only_targets_that_make_knows(document: Path) -> None:
    mentioned = set(re.findall(r"`make ([a-z]+)[^`]*`", document.read_text(encoding="utf-8")))
    assert mentioned <= TARGETS


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_documents_link_to_what_exists(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_no_file_still_holds_both_sides_of_a_conflict() -> None:
    marks = re.compile(rb"^(<{7}|>{7}) ", re.MULTILINE)
    assert [names(path) for path in TRACKED if marks.search(path.read_bytes())] == []


def test_the_list_of_functions_is_complete() -> None:
    text = (FUNCTIONS / "README.md").read_text(encoding="utf-8")
    rows = {
        match[1]: set(re.findall(r"`(\w+\.py)`", match[2]))
        for match in re.finditer(r"^\| `(\w+)/` ?\S* \| (.*) \|$", text, re.MULTILINE)
    }
    folders = {path.name for path in FUNCTIONS.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert set(rows) == folders
    for folder, listed in rows.items():
        if listed:
            assert listed == {path.name for path in (FUNCTIONS / folder).glob("*.py")}


def test_the_lists_of_tables_indexes_and_queues_are_complete() -> None:
    text = (ROOT / "infrastructure/README.md").read_text(encoding="utf-8")
    tables = load().of_type("AWS::DynamoDB::Table")
    assert {f"{name}Table" for name in re.findall(r"^\| ([A-Z]\w+) \| \w+ \| `", text, re.MULTILINE)} == set(
        tables
    )
    for index in tables["CasesTable"]["GlobalSecondaryIndexes"]:
        partition, sort = (key["AttributeName"] for key in index["KeySchema"])
        assert re.search(rf"^\| `{index['IndexName']}` \| `{partition}` .* \| `{sort}` ", text, re.MULTILINE)
    for name, queue in load().of_type("AWS::SQS::Queue").items():
        function = load().consumer_of(name)
        short = queue["QueueName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        reader = function.name if function else ""
        assert re.search(rf"^\| .*`{short}` .*{reader}", text, re.MULTILINE), short


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_documents_mention_only_commands_that_the_command_line_knows(document: Path) -> None:
    for command in re.findall(r"`hotline ((?:[a-z][a-z0-9-]* ?)+)", document.read_text(encoding="utf-8")):
        with pytest.raises(SystemExit) as ended:
            build_parser().parse_args([*command.split()[:2], "--help"])
        assert ended.value.code == 0, f"hotline {command}"


def test_the_list_of_tests_names_every_folder() -> None:
    text = (ROOT / "tests/README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)/`", text, re.MULTILINE))
    there = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert there <= listed


@pytest.mark.parametrize("kind", SECRETS)
def test_nothing_secret_is_in_the_repository(kind: str) -> None:
    texts = {path: path.read_text(encoding="utf-8", errors="ignore") for path in TRACKED}
    assert [names(path) for path, text in texts.items() if SECRETS[kind].search(text)] == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("an access key", "AKIA" + "IOSFODNN7EXAMPL2"),
        ("a private key", "-----BEGIN " + "RSA PRIVATE KEY-----"),
        ("a token of a code host", "ghp_" + "a" * 36),
        ("a password in an address", "postgres" + "://hotline:hunter2@db"),
    ],
)
def test_the_scanner_knows_a_secret_when_it_sees_one(kind: str, text: str) -> None:
    assert SECRETS[kind].search(text)


def test_nothing_in_the_package_is_unused() -> None:
    vulture = pytest.importorskip("vulture")
    scan = vulture.Vulture(ignore_names=sorted(ONLY_SEEN_FROM_OUTSIDE), ignore_decorators=["@*"])
    scan.scavenge([str(PACKAGE), str(FUNCTIONS), str(ROOT / "infrastructure"), str(ROOT / "benchmarks")])
    package = str(PACKAGE)
    unused = [
        f"{Path(item.filename).relative_to(ROOT)}:{item.first_lineno} {item.typ} {item.name}"
        for item in scan.get_unused_code(min_confidence=60)
        if str(item.filename).startswith(package) and item.typ in ("function", "method", "class", "property")
    ]
    assert unused == []
