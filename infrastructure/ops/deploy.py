"""Build for AWS and deploy: ``make deploy``. Asks what it needs the first time, then remembers.

    python -m infrastructure.ops.deploy --profile default
    python -m infrastructure.ops.deploy --profile cn --arch x86_64      AWS China (partition aws-cn)
    python -m infrastructure.ops.deploy --build-only

A profile is a section of samconfig.toml. Credentials are those of the AWS command line (AWS_PROFILE …).
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from infrastructure.local.build import SAM
from infrastructure.local.place import ROOT, runtime
from infrastructure.local.trouble import Trouble

SETTINGS = ROOT / "samconfig.toml"
DEFAULT_ARCHITECTURE = "arm64"


def main(argv: Sequence[str] | None = None) -> int:
    """Do what was asked; returns the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        settings = profile_settings(tomllib.loads(SETTINGS.read_text()), arguments.profile)
        parameters = artifact_parameters(settings, arguments.runtime, arguments.arch)
        code = _build(parameters)
        return code if code or arguments.build_only else _deploy(arguments.profile, settings, parameters)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1


def profile_settings(samconfig: Mapping[str, Any], profile: str) -> dict[str, Any]:
    """The deploy settings of a profile of samconfig.toml. Raises Trouble when there is no such profile."""
    profiles = [
        name for name, commands in samconfig.items() if isinstance(commands, dict) and name != "local"
    ]
    if profile not in profiles:
        raise Trouble(
            f"samconfig.toml has no profile {profile!r}.",
            f"It has {', '.join(profiles)}. Copy one of them under a new name, or use ENV=<one of these>.",
        )
    return dict(samconfig[profile].get("deploy", {}).get("parameters", {}))


def artifact_parameters(
    settings: Mapping[str, Any], runtime_asked: str | None, arch: str | None
) -> dict[str, str]:
    """Every parameter that was saved, with the runtime and architecture to build for.

    Bytecode is valid for one minor version of Python, so the runtime must be the interpreter's that builds.
    Raises Trouble when it is not, naming the parameter.

    Example: ``{"OidcIssuer": "https://id.example", "RuntimeVersion": "python3.13", "Architecture": "arm64"}``
    """
    saved = saved_parameters(settings)
    wanted = runtime_asked or saved.get("RuntimeVersion", runtime())
    if wanted != runtime():
        raise Trouble(
            f"RuntimeVersion is {wanted}, but {runtime()} builds here, and bytecode fits one version only.",
            f"Deploy with RUNTIME={runtime()}, or build with the other Python: "
            f"make clean && make deploy PYTHON={wanted} RUNTIME={wanted}",
        )
    architecture = arch or saved.get("Architecture", DEFAULT_ARCHITECTURE)
    return {**saved, "RuntimeVersion": wanted, "Architecture": architecture}


def saved_parameters(settings: Mapping[str, Any]) -> dict[str, str]:
    """The template parameters in a profile, which SAM writes as one string and people write as a list.

    Example: ``'OidcIssuer="https://id.example" TagCity="Beijing"'``
    """
    saved = settings.get("parameter_overrides", [])
    pairs = shlex.split(saved) if isinstance(saved, str) else saved
    return dict(pair.split("=", 1) for pair in pairs)


def _build(parameters: Mapping[str, str]) -> int:
    return _sam(
        [
            "build",
            "--parallel",
            "--parameter-overrides",
            f"RuntimeVersion={parameters['RuntimeVersion']}",
            f"Architecture={parameters['Architecture']}",
        ],
        {
            "HOTLINE_RUNTIME": parameters["RuntimeVersion"],
            "HOTLINE_ARCH": parameters["Architecture"],
            "HOTLINE_PYTHON": sys.executable,
        },
    )


def _deploy(profile: str, settings: Mapping[str, Any], parameters: Mapping[str, str]) -> int:
    """Guided while the profile names no stack yet; SAM then saves the answers in samconfig.toml."""
    guided = [] if "stack_name" in settings else ["--guided"]
    overrides = [f"{name}={value}" for name, value in parameters.items()]
    return _sam(["deploy", "--config-env", profile, *guided, "--parameter-overrides", *overrides], {})


def _sam(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    if not SAM.exists():
        raise Trouble("The SAM command line is not installed.", "Use `make deploy`, which installs it.")
    return subprocess.run([str(SAM), *arguments], cwd=ROOT, env={**os.environ, **environment}).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make deploy", description=__doc__.splitlines()[0])
    parser.add_argument("--profile", default="default", help="section of samconfig.toml; cn is AWS China")
    parser.add_argument("--runtime", help="Lambda runtime, such as python3.13; default: this interpreter's")
    parser.add_argument("--arch", choices=("arm64", "x86_64"), help="Lambda architecture (arm64)")
    parser.add_argument("--build-only", action="store_true", help="build into .aws-sam/build and stop")
    return parser


if __name__ == "__main__":
    sys.exit(main())
