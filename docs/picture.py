"""Draw the pictures of a terminal.

    python docs/picture.py [terminal | finding]

`docs/terminal.svg` shows what `trackexp demo` really prints, `docs/finding.svg` a training with a mistake. A picture
refers to nothing outside itself: fonts are the reader's own.
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
HERE = Path(__file__).parent
TRAINING = """\
import keras
from sklearn.datasets import load_digits
from trackexp import track

x, labels = load_digits(return_X_y=True)
y = keras.utils.to_categorical(labels)
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10, activation="softmax")])
model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
with track(project="digits"):
    model.fit(x / 16, y, validation_split=0.2, epochs=3, verbose=2)
"""


def main() -> None:
    """Draw the pictures named, or all."""
    drawn = {"terminal": terminal, "finding": finding}
    for name in sys.argv[1:] or drawn:
        with tempfile.TemporaryDirectory() as place:
            command, output = drawn[name](Path(place))
        draw(HERE / f"{name}.svg", command, output.replace(place, "~"))


def terminal(place: Path) -> tuple[str, str]:
    """Return the demo's command and its results; what it says on the way goes to this terminal."""
    return "trackexp demo", output_of(["-m", "trackexp", "demo", "--out", str(place / "demo")], place)


def finding(place: Path) -> tuple[str, str]:
    """Return a training with a mistake, and all that it prints until its end."""
    (place / "train.py").write_text(TRAINING, encoding="utf-8")
    return "python train.py", output_of(["train.py"], place, stderr=subprocess.STDOUT)


def output_of(arguments: list[str], place: Path, stderr: int | None = None) -> str:
    """Return what Python prints with these arguments, colours included."""
    own = {
        "HOME": str(place),
        "WANDB_MODE": "offline",
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
        "COLUMNS": str(WIDTH),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONUNBUFFERED": "1",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "TRACKEXP_"))}
    command = [sys.executable, *arguments]
    ran = subprocess.run(
        command, env={**kept, **own}, stdout=subprocess.PIPE, stderr=stderr, text=True, check=True, cwd=place
    )
    return ran.stdout


def draw(picture: Path, command: str, output: str) -> None:
    """Draw a terminal in which a command was typed."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        console.print(Text("$ ", "bold green") + Text(command, "bold"))
        console.print(Text.from_ansi(output.strip("\n")))
        drawn = console.export_svg(title="trackexp", unique_id=f"trackexp-{picture.stem}")
    picture.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL), encoding="utf-8")
    sys.stderr.write(f"{picture}\n")


if __name__ == "__main__":
    main()
