"""What `make run`, `up`, `down`, `status`, `logs` and `reset` promise to the person at the keyboard."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from infrastructure.local.deploy import local_address
from infrastructure.local.emulator import answers
from infrastructure.local.run import running_pid
from tests.local import demonstrating
from tests.local.breaking import soon_retried
from tests.local.running import free_ports, local, own_environment, place_of

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A system of this module's own, up and ready; stopped at the end."""
    own = own_environment(tmp_path_factory.mktemp("runner"))
    came_up = local(own, "up")
    assert came_up.returncode == 0, came_up.stdout
    yield own
    local(own, "down")


@pytest.fixture
def up(environment: dict[str, str]) -> dict[str, str]:
    """The same system, brought up again if the test before left it down."""
    if running_pid(place_of(environment)) is None:
        assert local(environment, "up").returncode == 0
    return environment


def test_status_says_that_it_is_ready_and_where(up: dict[str, str]) -> None:
    status = local(up, "status")
    assert status.returncode == 0
    assert "Running and ready" in status.stdout
    assert f"http://127.0.0.1:{up['HOTLINE_PORT']}" in status.stdout


def test_the_address_of_the_api_is_one_that_python_reaches(up: dict[str, str]) -> None:
    stack = stack_of(up)
    assert stack["api_url"].startswith(f"http://127.0.0.1:{up['HOTLINE_PORT']}/_aws/execute-api/")


def test_a_second_start_with_nothing_changed_skips_build_and_deploy_and_keeps_the_state(
    up: dict[str, str],
) -> None:
    before = stack_of(up)
    table = boto3.resource("dynamodb", **credentials(before)).Table(before["cases_table"])
    table.put_item(Item={"pk": "runner", "sk": "#"})
    assert local(up, "down").returncode == 0

    again = local(up, "up")

    assert "Building … unchanged" in again.stdout
    assert "Deploying … unchanged" in again.stdout
    assert stack_of(up) == before
    assert table.get_item(Key={"pk": "runner", "sk": "#"})["Item"]["pk"] == "runner"


def test_a_demo_waits_while_the_system_is_stopped_and_started_and_every_appeal_comes_out(
    up: dict[str, str],
) -> None:
    stack_file, limits = place_of(up).stack_file, ("--limit", "20", "--phone", "0")
    with soon_retried(stack_of(up)):
        client = demonstrating.start(stack_file, *limits)
        try:
            demonstrating.wait_for_posted(stack_file, 10)
            assert local(up, "down").returncode == 0
            assert local(up, "up").returncode == 0
            said, _ = client.communicate(timeout=300)
        finally:
            client.kill()
    assert client.returncode == 0, said
    assert "20 in, 20 accounted for" in said
    assert "calls were repeated because the stack was busy or away" in said


def test_starting_what_runs_already_only_says_so(up: dict[str, str]) -> None:
    pid = running_pid(place_of(up))
    assert "running already" in local(up, "up").stdout
    refused = local(up, "run")
    assert refused.returncode == 1
    assert f"It is running already (pid {pid})." in refused.stdout


def test_a_token_of_the_local_identity_provider_is_printed(up: dict[str, str]) -> None:
    token = local(up, "token", "--role", "operator").stdout.strip()
    assert token.count(".") == 2


def test_after_down_nothing_of_it_runs_and_status_says_so(up: dict[str, str]) -> None:
    local(up, "down")
    assert not answers(int(up["HOTLINE_PORT"]), "/_ministack/health")
    assert not answers(int(up["HOTLINE_IDENTITY_PORT"]), "/.well-known/openid-configuration")
    status = local(up, "status")
    assert status.returncode == 1
    assert "Not running" in status.stdout
    assert "not running" in local(up, "down").stdout


def test_a_killed_runner_takes_its_servers_with_it_and_the_next_start_works(up: dict[str, str]) -> None:
    pid = running_pid(place_of(up))
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: running_pid(place_of(up)) is None)

    again = local(up, "up")

    assert again.returncode == 0, again.stdout
    assert "Ready after" in again.stdout
    assert answers(int(up["HOTLINE_PORT"]), "/_ministack/health")
    assert stack_of(up)["endpoint_url"] == f"http://127.0.0.1:{up['HOTLINE_PORT']}"


def test_an_emulator_that_dies_ends_the_runner_with_the_reason(up: dict[str, str]) -> None:
    emulator, _identity = (int(pid) for pid in Path(up["HOTLINE_LOCAL_DIR"], "children").read_text().split())
    os.kill(emulator, signal.SIGKILL)
    wait_until(lambda: running_pid(place_of(up)) is None)
    assert "The embedded AWS (MiniStack) ended by itself" in local(up, "logs", "run").stdout


def test_a_port_in_use_is_told_with_the_program_that_holds_it(tmp_path: Path) -> None:
    own = own_environment(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(own["HOTLINE_PORT"])))
        taken.listen()
        refused = local(own, "run")
    assert refused.returncode == 1
    assert f"Port {own['HOTLINE_PORT']} is in use" in refused.stdout
    assert f"(pid {os.getpid()})" in refused.stdout or not Path("/proc/net/tcp").exists()
    assert "HOTLINE_PORT=" in refused.stdout


def test_a_port_that_is_no_number_is_told(tmp_path: Path) -> None:
    refused = local({**own_environment(tmp_path), "HOTLINE_PORT": "http"}, "run")
    assert refused.returncode == 1
    assert "HOTLINE_PORT='http' is not a port number." in refused.stdout


def test_reset_asks_first_and_a_yes_forgets_the_state(tmp_path: Path) -> None:
    own = own_environment(tmp_path)
    kept = tmp_path / "state" / "dynamodb.json"
    kept.parent.mkdir()
    kept.touch()
    assert "Nothing was deleted" in local(own, "reset").stdout
    assert kept.exists()
    local(own, "reset", "--yes")
    assert not kept.exists()


def test_two_free_ports_are_two() -> None:
    assert len(set(free_ports(2))) == 2


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("https://a1.execute-api.us-east-1.amazonaws.com/v1", "http://127.0.0.1:4566/_aws/execute-api/a1/v1"),
        (
            "https://a1.execute-api.cn-north-1.amazonaws.com.cn/v1/",
            "http://127.0.0.1:4566/_aws/execute-api/a1/v1",
        ),
        (
            "https://a1.execute-api.us-east-1.amazonaws.com/v1/web",
            "http://127.0.0.1:4566/_aws/execute-api/a1/v1/web",
        ),
        ("hotline-cases", "hotline-cases"),
    ],
)
def test_addresses_of_the_api_become_local_ones(value: str, address: str) -> None:
    assert local_address(value, 4566) == address


def stack_of(environment: dict[str, str]) -> dict[str, Any]:
    return dict(json.loads(Path(environment["HOTLINE_LOCAL_DIR"], "stack.json").read_text()))


def credentials(stack: dict[str, Any]) -> dict[str, str]:
    """What a boto3 client needs to reach the embedded AWS."""
    return {
        "endpoint_url": stack["endpoint_url"],
        "region_name": stack["region"],
        "aws_access_key_id": stack["aws_access_key_id"],
        "aws_secret_access_key": stack["aws_secret_access_key"],
    }


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
