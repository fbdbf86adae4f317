"""Cold start: the instructions of importing each handler, from the built artifact, as Lambda lays it out.

Instructions, counted by valgrind, repeat to 0.01 %; seconds do not. Each count is one whole process. The
unit is a process that imports boto3 and makes clients for DynamoDB, SQS and EventBridge: 1.00.

Two figures for each handler: its import, which the budget holds, and its cold start, which adds the clients
that an ordinary first call makes, as the reference does too.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import Figure, Finding, LeftOut
from benchmarks.servers import scratch
from benchmarks.template import Function, functions
from infrastructure.local.build import artifacts, ensure_built

BROUGHT_BY_LAMBDA = ("boto3", "botocore", "s3transfer", "dateutil", "urllib3", "jmespath", "six.py")
REFERENCE = (
    "import boto3\nfor name in ('dynamodb', 'sqs', 'events'): boto3.client(name, region_name='us-east-1')"
)

CITIZEN, WORKER, OTHER_API, AUTHORIZER = 1.25, 1.20, 1.40, 0.80
MEMORY_MB = 60

HOW = (
    "instructions of a process (cachegrind) against importing boto3 with clients for DynamoDB, SQS and "
    "EventBridge = 1.00; built artifact, unchecked-hash bytecode"
)


# Not getrusage: on Linux its peak is also that of the process that forked this one.
_TELL_PEAK_KB = """
import pathlib, resource, sys
status = pathlib.Path("/proc/self/status")
if status.exists():
    print(next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1))
"""


class ValgrindMissing(Exception):
    """Instructions cannot be counted on this machine; the message says what to install."""


def budget_of(function: Function) -> float:
    """The budget of a handler's import, by what kind of function it is."""
    if function.handler in ("intake.api.app", "survey.api.app"):
        return CITIZEN
    if function.handler.startswith("auth."):
        return AUTHORIZER
    return OTHER_API if function.handler.endswith(".app") else WORKER


def measure(progress: Callable[[str], None], quick: bool) -> Iterator[Finding]:
    """Figures of every handler; of two when ``quick``."""
    chosen = [
        each for each in functions().values() if not quick or each.name in ("IntakeApi", "PublishEvents")
    ]
    with laid_out() as runtime:
        yield from _memory(runtime, chosen, progress)
        try:
            ratios = import_ratios(runtime, chosen, progress)
        except ValgrindMissing as missing:
            yield LeftOut("imports", str(missing))
            return
        for function in chosen:
            name = function.handler.rsplit(".", 1)[0]
            cold_start, alone = ratios[function.name]
            yield Figure(f"import.{name}", alone, "x boto3", budget_of(function), HOW)
            how = f"{HOW}; and its clients: {', '.join(function.services) or 'none'}"
            yield Figure(f"cold_start.{name}", cold_start, "x boto3", None, how)


def import_ratios(
    runtime: Path,
    chosen: list[Function],
    progress: Callable[[str], None] = lambda _: None,
    *,
    clients: bool = True,
) -> Mapping[str, tuple[float, float]]:
    """By function: instructions of its cold start and of its import alone, in units of the reference.

    Args:
        clients: whether to count cold starts; without, they are given as not a number.

    Raises:
        ValgrindMissing: there is nothing to count with.
    """
    require_valgrind()
    programs = {"reference": REFERENCE}
    for function in chosen:
        programs[f"{function.name} alone"] = import_of(function)
        if clients:
            programs[function.name] = f"{import_of(function)}\n{_clients_of(function)}"
    counted: dict[str, float] = {}
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for name, count in pool.map(lambda item: (item[0], instructions(runtime, item[1])), programs.items()):
            counted[name] = count
            progress(f"imports: {name}")
    unit = counted["reference"]
    nothing = float("nan")
    return {
        each.name: (counted.get(each.name, nothing) / unit, counted[f"{each.name} alone"] / unit)
        for each in chosen
    }


def require_valgrind() -> None:
    """Check that instructions can be counted.

    Raises:
        ValgrindMissing: not Linux, or no valgrind.
    """
    if platform.system() != "Linux" or not shutil.which("valgrind") or not shutil.which("setarch"):
        raise ValgrindMissing("instructions are counted with valgrind on Linux: apt-get install valgrind")


@contextmanager
def laid_out() -> Iterator[Path]:
    """A folder like Lambda's file system: ``task``, ``opt/python`` and what the runtime brings, compiled."""
    ensure_built()
    built = artifacts()
    with scratch() as folder:
        shutil.copytree(built / "IntakeApi", folder / "task")
        for layer in ("DependenciesLayer", "HotlineLayer"):
            shutil.copytree(built / layer / "python", folder / "opt", dirs_exist_ok=True)
        _copy_runtime_packages(folder / "runtime")
        yield folder


def import_of(function: Function) -> str:
    """The program that imports a handler.

    Example: ``import intake.api; intake.api.app``
    """
    module, _, attribute = function.handler.rpartition(".")
    return f"import {module}; {module}.{attribute}"


def instructions(runtime: Path, program: str) -> int:
    """How many instructions a process executes that runs ``program``, from its start to its end."""
    report = runtime / f"count-{abs(hash(program))}"
    command = [
        "setarch",
        platform.machine(),
        "-R",
        "valgrind",
        "--tool=cachegrind",
        "--cache-sim=no",
        f"--cachegrind-out-file={report}",
        *python(runtime, program),
    ]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True)
    counted = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    if done.returncode != 0 or counted is None:
        raise RuntimeError(f"{program!r} failed under valgrind:\n{done.stderr[-2000:]}")
    return int(counted[1].replace(",", ""))


def python(runtime: Path, program: str) -> list[str]:
    """The command that runs a program with Lambda's module path and nothing of this machine's."""
    path = [str(runtime / name) for name in ("task", "opt", "runtime")]
    # Not -I: it would ignore PYTHONHASHSEED, and then no two counts are alike.
    return [sys.executable, "-S", "-s", "-P", "-B", "-c", f"import sys; sys.path[:0] = {path!r}\n{program}"]


def _memory(runtime: Path, chosen: list[Function], progress: Callable[[str], None]) -> Iterator[Figure]:
    """Peak resident memory of the hungriest handler, after its import and with its clients."""
    for name, with_clients, budget in (
        ("memory_after_import", False, MEMORY_MB),
        ("memory_cold_start", True, None),
    ):
        peaks = {each.handler: _peak_mb(runtime, each, with_clients) for each in chosen}
        progress(name)
        worst = max(peaks, key=lambda handler: peaks[handler])
        made = " and making its clients" if with_clients else ""
        how = f"peak resident memory of a process after importing the handler{made}; the most: {worst}"
        yield Figure(name, peaks[worst], "MB", budget, how)


def _peak_mb(runtime: Path, function: Function, with_clients: bool) -> float:
    program = import_of(function) + (f"\n{_clients_of(function)}" if with_clients else "")
    program += f"\n{_TELL_PEAK_KB}"
    command = python(runtime, program)
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1]) / 1024


def _clients_of(function: Function) -> str:
    if not function.services:
        return ""
    makers = "; ".join(f"aws.{service}()" for service in function.services)
    return f"from hotline.adapters import aws; {makers}"


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONHASHSEED": "0",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_METRICS_NAMESPACE": "Hotline",
    }


def _copy_runtime_packages(target: Path) -> None:
    """What Lambda's runtime has without being asked; botocore's big model files are linked."""
    import boto3

    target.mkdir()
    site = Path(boto3.__file__).parents[1]
    for name in BROUGHT_BY_LAMBDA:
        source = site / name
        if source.is_file():
            shutil.copy(source, target / name)
            continue
        shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
        if (source / "data").is_dir():
            (target / name / "data").symlink_to(source / "data")
    compiled = [
        sys.executable,
        "-m",
        "compileall",
        "-q",
        "--invalidation-mode",
        "unchecked-hash",
        str(target),
    ]
    subprocess.run(compiled, check=True)
