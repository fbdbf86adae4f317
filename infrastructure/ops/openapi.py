"""Write the OpenAPI document of every ``functions/*/api.py`` to ``functions/web/openapi.json``.

python -m infrastructure.ops.openapi            # write it
python -m infrastructure.ops.openapi --check    # exit code 1 when it is not up to date
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hotline.edges.http import HttpApp
from hotline.edges.openapi import build

FUNCTIONS = Path(__file__).parents[2] / "functions"
DOCUMENT = FUNCTIONS / "web" / "openapi.json"


def applications() -> list[HttpApp]:
    """The ``app`` of every ``*api.py`` but the pages, in the order of their folders' names."""
    if str(FUNCTIONS) not in sys.path:
        sys.path.insert(0, str(FUNCTIONS))
    modules = (
        importlib.import_module(f"{path.parent.name}.{path.stem}")
        for path in sorted(FUNCTIONS.glob("*/*api.py"))
        if path.parent.name != "web"  # pages, for people
    )
    apps = (getattr(module, "app", None) for module in modules)
    return [app for app in apps if isinstance(app, HttpApp)]


def text_of(document: dict[str, Any]) -> str:
    """The document as it is checked in."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check; the exit code."""
    parser = argparse.ArgumentParser(prog="openapi", description="Write the OpenAPI document.")
    parser.add_argument("--check", action="store_true", help="only compare; exit code 1 when it differs")
    options = parser.parse_args(arguments)
    text = text_of(build(applications()))
    if not options.check:
        DOCUMENT.write_text(text, encoding="utf-8")
        return 0
    if DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == text:
        return 0
    print(f"{DOCUMENT.name} is not up to date; run: python -m infrastructure.ops.openapi", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
