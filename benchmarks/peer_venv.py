"""Makes virtual environments for peers whose requirements do not fit ours, each once.

`python benchmarks/peer_venv.py mlflow==3.4.0` prints the interpreter of an environment that holds it. Environments lie
in the user's cache (`XDG_CACHE_HOME`, by default `~/.cache`), named after what is in them: the next call finds them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path


def peer_python(requirements: Sequence[str]) -> Path:
    """Return the interpreter of an environment in which the requirements are installed; made on the first call.

    Args:
        requirements: What pip installs, with versions: `["mlflow==3.4.0", "keras"]`.

    Raises:
        subprocess.CalledProcessError: pip could not install them; its own words stand on stderr.
    """
    wanted = "\n".join([sys.version, *sorted(requirements)])
    home = cache_folder() / hashlib.sha256(wanted.encode()).hexdigest()[:16]
    home.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{home}.lock", "w") as lock:  # noqa: PTH123 - two tests may want the same one at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "complete").exists():
            shutil.rmtree(home, ignore_errors=True)
            venv.create(home, with_pip=True)
            pip = [str(home / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, *requirements], check=True, stdout=sys.stderr)
            (home / "complete").write_text(wanted)
    return home / "bin/python"


def cache_folder() -> Path:
    """Return where the environments lie."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trackexp" / "peers"


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("usage: python benchmarks/peer_venv.py REQUIREMENT...")
    print(peer_python(sys.argv[1:]))
