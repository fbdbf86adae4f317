"""MiniStack, the embedded AWS: how it is started, and how to tell that it is up."""

from __future__ import annotations

import http.client
import shutil
import sys

from infrastructure.local.place import ACCOUNT, REGION, Place, tool_environment
from infrastructure.local.supervise import Child

START_SECONDS = 60
SAVE_SECONDS = 120


def start(place: Place) -> Child:
    """Start the emulator on this place's port and wait until it answers."""
    scratch = place.state / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)  # unpacked functions of an earlier run that was killed
    scratch.mkdir(parents=True)
    emulator = Child(
        "The embedded AWS (MiniStack)",
        [sys.executable, "-m", "infrastructure.local.ministack_streams"],
        environment(place),
        place.logs / "emulator.log",
    )
    try:
        emulator.wait_until(lambda: answers(place.port, "/_ministack/health"), START_SECONDS)
    except BaseException:
        emulator.stop(SAVE_SECONDS)
        raise
    return emulator


def answers(port: int, path: str) -> bool:
    """Whether an HTTP server on this machine answers 200 for ``path``."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def environment(place: Place) -> dict[str, str]:
    """The emulator hands its own environment on to every function, so nothing of a person's may be in it.

    It keeps its state in ``STATE_DIR`` on a clean stop (SIGTERM). IoT and SFTP would open ports of their own.
    """
    return {
        **tool_environment(),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(place.port),
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "STATE_DIR": str(place.state),
        "S3_DATA_DIR": str(place.state / "s3"),
        "S3_PERSIST": "1",
        "PERSIST_STATE": "1",
        "TMPDIR": str(place.state / "tmp"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "true" if place.enforce_iam else "false",
    }
