"""Draw `docs/comparison.png`, the README's picture of a comparison, from the page that `trackexp demo` really writes.

    python docs/page_picture.py [PAGE]

It needs a Chromium on PATH and Playwright, which `make setup` installs. With a PAGE that is there already the demo is
not run again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

SIZE = {"width": 1100, "height": 1190}
PICTURE = Path(__file__).with_name("comparison.png")


def main() -> None:
    """Run the demo in a new folder, unless a page was named, and photograph its page."""
    if len(sys.argv) > 1:
        photograph(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as place:
            photograph(demo(Path(place)))
    sys.stderr.write(f"{PICTURE}\n")


def demo(place: Path) -> Path:
    """Return the page that the demo writes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "TRACKEXP_"))}
    command = [sys.executable, "-m", "trackexp", "demo", "--out", str(place)]
    subprocess.run(command, env={**kept, "HOME": str(place), "WANDB_MODE": "offline"}, check=True, cwd=place)
    return place / "comparison.html"


def photograph(page: Path) -> None:
    """Write what a browser shows of a page's beginning."""
    browsers = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(browsers), args=["--no-sandbox", "--disable-gpu"])
        window = browser.new_page(viewport=SIZE, color_scheme="light")
        window.goto(page.resolve().as_uri())
        window.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
