"""`sam build`, skipped when nothing that goes into the artifacts has changed."""

from __future__ import annotations

import fcntl
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from infrastructure.local.place import ROOT, architecture, runtime, tool_environment
from infrastructure.local.supervise import last_words, run_tool
from infrastructure.local.trouble import Trouble

SAM = ROOT / ".venv-sam" / "bin" / "sam"
BUILDS = ROOT / ".local" / "build"
IGNORED = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def artifacts() -> Path:
    """The folder of the built template and artifacts for the interpreter that runs."""
    return BUILDS / f"{runtime()}-{architecture()}" / "artifacts"


def ensure_built() -> tuple[str, bool]:
    """Build unless the last build has the same fingerprint; returns the fingerprint and whether it built.

    Two that come at once take turns: the build belongs to the checkout, not to one embedded AWS.
    """
    folder = artifacts().parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fingerprint = fingerprint_of_sources()
        built = folder / "fingerprint"
        if built.exists() and built.read_text() == fingerprint:
            return fingerprint, False
        built.unlink(missing_ok=True)
        _sam_build(folder)
        built.write_text(fingerprint)
        return fingerprint, True


def fingerprint_of_sources() -> str:
    """A hash over the template, functions, layers, SAM settings and the interpreter they are built for."""
    digest = hashlib.sha256(f"{runtime()} {architecture()}\n".encode())
    for path in _sources():
        digest.update(f"{path.relative_to(ROOT)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield ROOT / "template.yaml"
    yield ROOT / "samconfig.toml"
    yield ROOT / "requirements" / "sam.txt"
    for tree in ("functions", "layers"):
        for path in sorted((ROOT / tree).rglob("*")):
            if path.is_file() and not IGNORED.intersection(path.relative_to(ROOT).parts):
                yield path


def _sam_build(folder: Path) -> None:
    log = folder / "build.log"
    environment = {
        **tool_environment(),
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "us-east-1",
        "HOTLINE_RUNTIME": runtime(),
        "HOTLINE_PYTHON": sys.executable,
        "HOTLINE_ARCH": "local",
    }
    code = run_tool(
        [
            str(SAM),
            "build",
            "--config-env",
            "local",
            "--build-dir",
            str(artifacts()),
            "--cache-dir",
            str(folder / "cache"),
            "--parameter-overrides",
            f"RuntimeVersion={runtime()}",
            f"Architecture={architecture()}",
        ],
        environment,
        log,
        ROOT,
    )
    if code != 0:
        raise Trouble(f"`sam build` failed:\n{last_words(log, lines=8)}", f"The whole output: {log}")
