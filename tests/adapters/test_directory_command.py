"""``hotline directory`` against an AWS in the process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infrastructure.directory.rows import FILES
from infrastructure.ops import agency_queues, directory
from infrastructure.ops.cli import main
from infrastructure.ops.stack import snake_case
from tests.unit.builders_directory import BEIJING_FOLDER, TODAY

REGION = "eu-west-1"
PREFIX = "hotline-test-agency"
AGENCIES = {"110000", "110105", "110105015", "gas"}


@pytest.fixture(autouse=True)
def _a_day_whose_holidays_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "today", lambda: TODAY)


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.chdir(tmp_path)
    with mock_aws():
        boto3.client("dynamodb", region_name=REGION).create_table(
            TableName="directory",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
        )
        (tmp_path / ".local").mkdir()
        outputs = {"region": REGION, "directory_table": "directory", "agency_queue_prefix": PREFIX}
        (tmp_path / ".local" / "stack.json").write_text(json.dumps(outputs))
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A city of one district with one sub-district, made from Beijing's files."""
    target = Path(shutil.copytree(BEIJING_FOLDER, tmp_path / "city"))
    keep_lines(target / "jurisdictions.csv", lambda cells: cells[0] in {"110000", "110105", "110105015"})
    keep_lines(target / "agencies.csv", lambda cells: cells[0] in AGENCIES)
    keep_lines(target / "gazetteer.csv", lambda cells: cells[2] == "110105015")
    keep_lines(target / "places.csv", lambda cells: False)
    text = (target / "agencies.csv").read_text(encoding="utf-8")
    (target / "agencies.csv").write_text(text.replace(",urban-management,", ",,"), encoding="utf-8")
    (target / "duty_rules.csv").write_text("rule_id,service,place,agency\ncity/all,*,*,{subdistrict}\n")
    return target


def keep_lines(path: Path, wanted: Callable[[list[str]], bool]) -> None:
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if wanted(line.split(","))]
    path.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")


def queue_attributes(name: str) -> dict[str, Any]:
    sqs = boto3.client("sqs", region_name=REGION)
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    attributes: dict[str, Any] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return attributes


def stored_items() -> list[Any]:
    items: list[Any] = boto3.client("dynamodb", region_name=REGION).scan(TableName="directory")["Items"]
    return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


@pytest.mark.usefixtures("aws")
def test_import_puts_the_directory_in_force_and_gives_every_agency_its_queues(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["directory", "import", str(folder)]) == 0

    names = {f"{PREFIX}-{agency_id}{end}" for agency_id in AGENCIES for end in ("", "-dlq")}
    assert agency_queues.queue_names(boto3.client("sqs", region_name=REGION), PREFIX) == names
    assert "is in force: 3 jurisdictions, 4 agencies" in capsys.readouterr().out


@pytest.mark.usefixtures("aws")
def test_a_queue_is_encrypted_keeps_two_weeks_and_parks_after_five_tries(folder: Path) -> None:
    main(["directory", "import", str(folder)])

    queue = queue_attributes(f"{PREFIX}-110105015")

    assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == ("true", "1209600")
    redrive = json.loads(queue["RedrivePolicy"])
    assert int(redrive["maxReceiveCount"]) == 5
    assert redrive["deadLetterTargetArn"].endswith(f":{PREFIX}-110105015-dlq")
    (statement,) = json.loads(queue["Policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Resource"] == queue["QueueArn"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.usefixtures("aws")
def test_the_same_content_again_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["directory", "import", str(folder)])
    before = stored_items()

    assert main(["directory", "import", str(folder)]) == 0

    assert stored_items() == before
    assert "in force already; nothing written" in capsys.readouterr().out


@pytest.mark.usefixtures("aws")
def test_a_folder_with_an_error_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "sla_tiers.csv").unlink()

    assert main(["directory", "import", str(folder)]) == 1

    assert stored_items() == []
    error = capsys.readouterr().err
    assert "error: sla_tiers.csv:0: -: the file is missing" in error
    assert "nothing was imported" in error


@pytest.mark.usefixtures("aws")
def test_export_gives_back_what_was_imported(folder: Path, tmp_path: Path) -> None:
    main(["directory", "import", str(folder)])

    assert main(["directory", "export", str(tmp_path / "copy")]) == 0

    for name in FILES:
        assert (tmp_path / "copy" / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.usefixtures("aws")
def test_an_older_version_can_be_put_in_force_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["directory", "import", str(folder)])
    first = capsys.readouterr().out.split("directory ")[1].split()[0]
    city = folder / "city.csv"
    city.write_text(city.read_text(encoding="utf-8").replace("Beijing", "Peking"), encoding="utf-8")
    main(["directory", "import", str(folder)])

    assert main(["directory", "activate", first]) == 0

    capsys.readouterr()
    main(["directory", "versions"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert [line.split()[1] for line in lines if line.startswith("*")] == [first]


@pytest.mark.usefixtures("aws")
def test_an_unknown_version_cannot_be_put_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["directory", "activate", "2020-01-01-none"]) == 1
    assert "there is no version" in capsys.readouterr().err


@pytest.mark.usefixtures("aws")
def test_an_agency_that_left_keeps_its_queue_and_is_reported(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["directory", "import", str(folder)])
    keep_lines(folder / "agencies.csv", lambda cells: cells[0] != "gas")

    assert main(["directory", "import", str(folder)]) == 0

    assert "gas is no longer in the directory; its queue is kept" in capsys.readouterr().err
    assert queue_attributes(f"{PREFIX}-gas")


@pytest.mark.usefixtures("aws")
def test_an_import_that_died_between_the_queues_is_finished_by_the_next(folder: Path) -> None:
    main(["directory", "import", str(folder)])
    sqs = boto3.client("sqs", region_name=REGION)
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=f"{PREFIX}-gas")["QueueUrl"])

    assert main(["directory", "import", str(folder)]) == 0

    assert queue_attributes(f"{PREFIX}-gas")["RedrivePolicy"]


@pytest.mark.usefixtures("aws")
def test_export_before_the_first_import_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["directory", "export", str(tmp_path / "copy")]) == 1
    assert "run: hotline directory import" in capsys.readouterr().err


def test_check_needs_no_stack_and_keeps_warnings_off_stdout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["directory", "check", str(BEIJING_FOLDER)]) == 0

    said = capsys.readouterr()
    assert "in order; 360 jurisdictions" in said.out
    assert "warning" not in said.out


def test_a_stack_that_is_not_there_is_one_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["directory", "versions"]) == 1

    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "make run" in error


class DeployedStacks:
    """CloudFormation with one stack; the stock mock of it needs packages that nothing else here does."""

    meta = SimpleNamespace(region_name=REGION)

    def describe_stacks(self, StackName: str) -> Any:
        if StackName != "hotline":
            error = {"Error": {"Code": "ValidationError", "Message": f"Stack {StackName} does not exist"}}
            raise ClientError(error, "DescribeStacks")
        outputs = {"DirectoryTable": "directory", "AgencyQueuePrefix": PREFIX}
        return {"Stacks": [{"Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in outputs.items()]}]}


@pytest.mark.usefixtures("aws")
def test_a_deployed_stack_is_found_through_its_outputs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = boto3.client

    def client(service: str, **settings: Any) -> Any:
        return DeployedStacks() if service == "cloudformation" else real(service, **settings)

    monkeypatch.setattr(boto3, "client", client)

    assert main(["directory", "import", str(folder), "--from-cloudformation", "hotline"]) == 0
    assert main(["directory", "versions", "--from-cloudformation", "unknown"]) == 1
    assert "cannot read stack 'unknown'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("DirectoryTable", "directory_table"),
        ("RepliesQueueUrl", "replies_queue_url"),
        ("RepliesQueueURL", "replies_queue_url"),
        ("SigningSecretArn", "signing_secret_arn"),
        ("ApiUrl", "api_url"),
    ],
)
def test_an_output_is_known_by_its_snake_case_name(output: str, name: str) -> None:
    assert snake_case(output) == name


@pytest.mark.parametrize(
    "arguments", [["--help"], ["directory", "--help"], ["directory", "import", "--help"]]
)
def test_every_level_explains_itself(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)

    assert exit_.value.code == 0
    assert "usage: hotline" in capsys.readouterr().out
