"""Hostile surroundings: whatever the environment, the folder or the streams are, the script goes on to its end."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SCRIPT = """
import sys
{before}
from trackexp import track
with track(project="p", config={{"lr": 0.1}}{arguments}) as run:
    {inside}
    run.log({{"a": 1}})
    {after}
open({proof!r}, "w").write("went on")
"""


@dataclass(frozen=True)
class Place:
    """One hostile surrounding: variables to set (None: unset), code before and inside the block, the folder."""

    variables: dict[str, str | None] = field(default_factory=dict)
    before: str = "pass"
    inside: str = "pass"
    after: str = "pass"
    arguments: str = ""
    folder: bytes = b"plain"
    closed: bool = False


BYTES = "caf\udce9-geheim-123"
PLACES = {
    "a secret that is no UTF-8": Place({"DB_PASSWORD": BYTES}),
    "a token that is no UTF-8": Place({"API_TOKEN": BYTES}),
    "a variable that is no UTF-8": Place({"NOTE": BYTES}),
    "PWD that is no UTF-8": Place({"PWD": "/tmp/" + BYTES}),
    "a folder that is no UTF-8": Place(folder=b"caf\xe9"),
    "a folder with blanks and brackets": Place(folder=b"My Project (2) [new]"),
    "a folder with an emoji": Place(folder="läufe 🚀".encode()),
    "a folder with a quote and a percent sign": Place(folder=b"it's 100% mine"),
    "a folder with a line break": Place(folder=b"two\nlines"),
    "no HOME": Place({"HOME": None}),
    "a HOME that is not there": Place({"HOME": "/no/such/home"}),
    "a HOME that is a file": Place({"HOME": "/etc/hostname"}),
    "an empty HOME": Place({"HOME": ""}),
    "no PATH": Place({"PATH": None}),
    "the locale C": Place({"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    "a locale that does not exist": Place({"LC_ALL": "xx_YY.UTF-8"}),
    "streams in ASCII": Place({"PYTHONIOENCODING": "ascii"}),
    "streams in latin-1": Place({"PYTHONIOENCODING": "latin-1"}),
    "no TERM": Place({"TERM": None}),
    "COLUMNS that is no number": Place({"COLUMNS": "wide"}),
    "a closed stdout": Place(inside="sys.stdout.close()"),
    "a closed stderr": Place(inside="sys.stderr.close()"),
    "streams that are None": Place(before="sys.stdout = sys.stderr = None"),
    "streams of one's own": Place(before="import io; sys.stdout = io.StringIO(); sys.stderr = io.StringIO()"),
    "a stdout without write": Place(before="sys.stdout = object()"),
    "descriptors closed from outside": Place(closed=True),
    "an empty argv": Place(before="sys.argv = []"),
    "an argv that is no UTF-8": Place(before=f"sys.argv = ['x', {BYTES!r}]"),
    "an argv of other things": Place(before="sys.argv = ['x', 'a' * 100_000]"),
    "a folder that is left": Place(inside="import os; os.makedirs('/tmp', exist_ok=True); os.chdir('/')"),
    "a folder that is deleted": Place(before="import os, shutil; shutil.rmtree(os.getcwd())"),
    "a folder that is deleted inside": Place(inside="import os, shutil; shutil.rmtree(os.getcwd())"),
    "a dir that is a file": Place(arguments=', dir="/etc/hostname"'),
    "a dir that cannot be made": Place(arguments=', dir="/proc/nowhere"'),
    "a relative dir": Place(arguments=', dir="../elsewhere/deep"', inside="import os; os.chdir('/')"),
    "WANDB_DIR that is not there": Place({"WANDB_DIR": "not/there/yet"}),
    "WANDB_DIR that cannot be made": Place({"WANDB_DIR": "/proc/nowhere"}),
    "empty variables of W&B's": Place({"WANDB_MODE": "", "WANDB_PROJECT": "", "WANDB_API_KEY": ""}),
    "a temporary folder that is not there": Place({"TMPDIR": "/no/such/tmp"}),
    "RANK that is no number": Place({"RANK": "first"}),
    "a main without a file": Place(before="import __main__; del __main__.__file__"),
    "a main file that is not there": Place(before="import __main__; __main__.__file__ = '/no/such/file.py'"),
    "a metric that is no number": Place(inside="run.log({'x': object(), 'y': float('nan'), 'z': BaseException})"),
    "keys that are no strings": Place(inside="run.log({1: 2})"),
    "a config of anything": Place(inside="run.update_config({'a': object(), 'b': print, 'c': {1: {2}}, 'd': b'x'})"),
    "names that no file may have": Place(arguments=', name="a/b\\\\c:d*?\\n", group="..", notes="\\x00\\x01"'),
    "texts with half a character": Place(arguments=f", name={BYTES!r}, notes={BYTES!r}"),
    "a warning filter that raises": Place({"PYTHONWARNINGS": "error"}),
    "logging switched off": Place(before="import logging; logging.disable(logging.CRITICAL)"),
    "few open files": Place(before="import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"),
    "a .env that is no text": Place(before="open('.env', 'wb').write(b'\\xff\\xfe\\x00A=1')"),
    "a broken git folder": Place(before="import os; os.mkdir('.git'); open('.git/HEAD', 'w').write('nonsense')"),
}


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", PLACES)
def test_the_script_goes_on(name: str, tmp_path: Path):
    """It comes to its last line, and Python ends with 0."""
    place = PLACES[name]
    folder = os.fsencode(tmp_path) + b"/" + place.folder
    Path(os.fsdecode(folder)).mkdir(parents=True)
    proof = str(tmp_path / "proof")
    script = tmp_path / "script.py"
    parts = {"before": place.before, "inside": place.inside, "after": place.after, "arguments": place.arguments}
    script.write_bytes(SCRIPT.format(proof=proof, **parts).encode("utf-8", "surrogateescape"))
    variables = {**os.environ, "WANDB_MODE": "offline", "HOME": str(tmp_path), **place.variables}
    environment = {key: value for key, value in variables.items() if value is not None}
    words = [sys.executable, str(script)]
    command = ["/bin/sh", "-c", '"$@" <&- >&- 2>&-', "sh", *words] if place.closed else words
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=180)

    assert (0, True) == (ended.returncode, Path(proof).exists()), ended.stderr.decode("utf-8", "replace")[-3000:]
