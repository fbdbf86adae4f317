"""Take the pictures of the main pages from the running stack: ``make screenshots``.

``PAGES`` is the list: a name, where to begin, how large the window is, and what to do before the picture. To add
a page of staff, add a line whose steps sign in first. In English, because the machine may lack Chinese fonts.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).parent
STACK = Path(".local/stack.json")
PHONE: ViewportSize = {"width": 390, "height": 780}
DESKTOP: ViewportSize = {"width": 1100, "height": 760}
LARGEST = 150_000
"""Bytes of one picture: the README shows several."""

Steps = Callable[[Page], None]


def nothing(page: Page) -> None:
    """The page as it opens."""


def up_to_the_topic(page: Page) -> None:
    """Say what, and see which topics the words suggest."""
    page.get_by_role("radio", name="Complaint").check()
    page.get_by_label("What happened").fill(
        "The street light below our house is out; old people do not dare to go out at night."
    )
    page.get_by_role("button", name="Next", exact=True).click()


def up_to_the_place(page: Page) -> None:
    """Say where, with the sub-districts of the district."""
    up_to_the_topic(page)
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_label("District and sub-district").select_option("110101")
    page.get_by_role("button", name="Next", exact=True).click()


def up_to_the_receipt(page: Page) -> None:
    """Send it."""
    up_to_the_place(page)
    page.get_by_label("District and sub-district").select_option("110101001")
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Send", exact=True).click()


def up_to_the_progress(page: Page) -> None:
    """Look how far it is."""
    up_to_the_receipt(page)
    page.get_by_role("button", name="See the progress").click()


class Shot(NamedTuple):
    """One picture."""

    name: str
    path: str = ""
    size: ViewportSize = PHONE
    steps: Steps = nothing


PAGES: Sequence[Shot] = (
    Shot("home", "?lang=en"),
    Shot("report-topic", "report?lang=en", steps=up_to_the_topic),
    Shot("report-where", "report?lang=en", steps=up_to_the_place),
    Shot("receipt", "report?lang=en", steps=up_to_the_receipt),
    Shot("progress", "report?lang=en", steps=up_to_the_progress),
    Shot("care-mode", "?lang=en&size=large"),
    Shot("privacy", "privacy?lang=en", DESKTOP),
)


def take(browser: Browser, stack: dict[str, Any], shot: Shot) -> bytes:
    """One picture in as few colours as it needs."""
    context = browser.new_context(viewport=shot.size, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{stack['api_url']}/{shot.path}")
    shot.steps(page)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(64)
    context.close()
    target = BytesIO()
    picture.save(target, "PNG", optimize=True)
    return target.getvalue()


def main() -> int:
    """Take every picture anew."""
    if not STACK.exists():
        print("Nothing is running: make up first", file=sys.stderr)
        return 1
    stack = json.loads(STACK.read_text(encoding="utf-8"))
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for shot in PAGES:
            content = take(browser, stack, shot)
            if len(content) > LARGEST:
                print(f"{shot.name} has {len(content)} bytes, more than {LARGEST}", file=sys.stderr)
                return 1
            (FOLDER / f"{shot.name}.png").write_bytes(content)
            print(f"{shot.name}.png {len(content) // 1000} kB")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
