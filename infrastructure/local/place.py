"""Where an embedded AWS lives: its folder, ports and name. All that two of them must not share."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infrastructure.local.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
ACCOUNT = "000000000000"


@dataclass(frozen=True)
class Place:
    """One embedded AWS of one checkout.

    Example: ``Place.from_environment({"HOTLINE_PORT": "4666"}).endpoint_url == "http://127.0.0.1:4666"``
    """

    folder: Path
    port: int
    identity_port: int
    stack_name: str
    enforce_iam: bool
    messages: str = "sns"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Place:
        """Read the HOTLINE_* variables that ``python -m infrastructure.local --help`` lists."""
        return cls(
            folder=Path(environment.get("HOTLINE_LOCAL_DIR", ROOT / ".local")).resolve(),
            port=_port(environment, "HOTLINE_PORT", 4566),
            identity_port=_port(environment, "HOTLINE_IDENTITY_PORT", 4567),
            stack_name=environment.get("HOTLINE_STACK_NAME", "hotline"),
            enforce_iam=environment.get("HOTLINE_AUTH") == "1",
            messages=environment.get("HOTLINE_MESSAGES", "sns"),
        )

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def issuer_url(self) -> str:
        return f"http://127.0.0.1:{self.identity_port}"

    @property
    def state(self) -> Path:
        """What the emulator keeps over a restart."""
        return self.folder / "state"

    @property
    def identity(self) -> Path:
        """Keys and accounts of the local identity provider."""
        return self.folder / "identity"

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def stack_file(self) -> Path:
        """Addresses and names for whoever wants to use the running system."""
        return self.folder / "stack.json"

    @property
    def deployed_file(self) -> Path:
        """Fingerprint of what was deployed last."""
        return self.folder / "deployed"

    @property
    def lock_file(self) -> Path:
        """Held locked by the process that runs this place; contains its pid."""
        return self.folder / "run.lock"

    @property
    def ready_file(self) -> Path:
        """There while the place is ready for use."""
        return self.folder / "ready"

    def client_environment(self) -> dict[str, str]:
        """The environment of a program that talks to this place, cut off from any real AWS account."""
        return {
            **tool_environment(),
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }


def tool_environment() -> dict[str, str]:
    """This process's environment without a person's AWS settings and without Python's switches."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PYTHON", "SAM_CLI_", "HOTLINE_"))
    }
    return {
        **kept,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def runtime() -> str:
    """The Lambda runtime that matches the interpreter: the emulator runs functions with that one.

    Example: ``python3.13``
    """
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def architecture() -> str:
    """This machine in Lambda's words: ``arm64`` or ``x86_64``."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Trouble(
            f"{name}={text!r} is not a port number.", f"Set it to a free port, for example {default}."
        )
    return int(text)
