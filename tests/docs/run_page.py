"""Run the blocks of one Markdown page in its order, in the working folder, and write what each did as JSON.

    python run_page.py PAGE RESULTS

The Python blocks of a page share one process and one namespace, as a reader who follows the page would have it; each
bash block is a shell of its own. `docker`, `pip` and `make` are not really called: tests of their own do that.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^```\{?(\w*)\}?[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STUBS = "docker() { :; }\npip() { :; }\nmake() { :; }\n"


def blocks_of(text: str) -> list[tuple[str, str, int]]:
    """Return language, text and first line of every fenced block."""
    return [(match[1], match[2], text.count("\n", 0, match.start()) + 1) for match in FENCE.finditer(text)]


def captured(call: Callable[[], int]) -> tuple[int, str]:
    """Return a call's status and all that reached file descriptor 1 in it, also from other libraries and processes."""
    sys.stdout.flush()
    kept = os.dup(1)
    with tempfile.TemporaryFile() as sink:
        os.dup2(sink.fileno(), 1)
        try:
            status = call()
        finally:
            sys.stdout.flush()
            os.dup2(kept, 1)
            os.close(kept)
        sink.seek(0)
        return status, sink.read().decode("utf-8", errors="replace")


def run_python(text: str, name: str, namespace: dict[str, Any]) -> int:
    """Run a Python block in the page's namespace; what it raises is printed, and is status 1."""
    try:
        exec(compile(text, name, "exec"), namespace)
    except SystemExit as ended:
        return int(bool(ended.code))
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def run_bash(text: str) -> int:
    """Run a bash block, ending at its first command that fails."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", STUBS + text], check=False, stdin=subprocess.DEVNULL
    ).returncode


def main() -> None:
    """Run the page named by the first argument."""
    page, results = Path(sys.argv[1]), Path(sys.argv[2])
    namespace: dict[str, Any] = {"__name__": "__main__"}
    ran = []
    for language, text, line in blocks_of(page.read_text("utf-8")):
        if language == "python":
            name = f"{page.name} line {line}"
            status, printed = captured(lambda: run_python(text, name, namespace))  # noqa: B023 - called at once
        elif language == "bash":
            status, printed = captured(lambda: run_bash(text))  # noqa: B023 - called at once
        else:
            continue
        ran.append({"line": line, "status": status, "text": text, "stdout": printed})
        results.write_text(json.dumps(ran), "utf-8")


if __name__ == "__main__":
    main()
