"""Draw `docs/terminal.svg`, the README's picture, from what `trackexp demo` really prints.

    python docs/picture.py

The picture refers to nothing outside itself: fonts are the reader's own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 100
PICTURE = Path(__file__).with_name("terminal.svg")


def main() -> None:
    """Run the demo in a new folder and draw its results; what it says on the way goes to this terminal."""
    with tempfile.TemporaryDirectory() as place:
        output = demo(Path(place))
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        console.print(Text("$ ", "bold green") + Text("trackexp demo", "bold"))
        console.print(Text.from_ansi(output.strip("\n").replace(place, "~")))
        drawn = console.export_svg(title="trackexp", unique_id="trackexp")
    PICTURE.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL), encoding="utf-8")
    sys.stderr.write(f"{PICTURE}\n")


def demo(place: Path) -> str:
    """Return what the demo writes to its standard output, colours included."""
    own = {
        "HOME": str(place),
        "WANDB_MODE": "offline",
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
        "COLUMNS": str(WIDTH),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "TRACKEXP_"))}
    command = [sys.executable, "-m", "trackexp", "demo", "--out", str(place / "demo")]
    ran = subprocess.run(command, env={**kept, **own}, stdout=subprocess.PIPE, text=True, check=True, cwd=place)
    return ran.stdout


if __name__ == "__main__":
    main()
