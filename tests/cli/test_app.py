from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

import trackexp
from trackexp.cli.app import COMMANDS

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    "command",
    [
        "",
        "ls",
        "show",
        "compare",
        "diff",
        "diagnose",
        "explain",
        "check",
        "sync",
        "demo",
        "run",
        "doctor",
        "gc",
        "evaluate",
        "predictions",
        "promote",
        "models",
        "rollback",
        "report",
        "view",
        "crossval",
        "serve",
        "monitor",
    ],
)
def test_help_is_as_published(cli: Cli, golden: Callable[[str, str], str], command: str):
    """The reference is made from it."""
    answer = cli(*command.split(), "--help")

    assert (0, "") == (answer.returncode, answer.stderr)
    assert golden(f"help-{command or 'trackexp'}.txt", answer.stdout) == answer.stdout


def test_the_version_is_the_packages(cli: Cli):
    """On stdout, alone."""
    assert (0, f"trackexp {trackexp.__version__}\n") == (cli("--version").returncode, cli("--version").stdout)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shwo"], "Did you mean 'show'?"),
        (["show", "--jsn"], "--json"),
        (["show", "/no/such/place"], "/no/such/place does not exist"),
        (["compare", "/no/such/place"], "/no/such/place does not exist"),
        (["show"], "trackexp: "),
        (["compare"], "trackexp: "),
    ],
)
def test_a_mistake_is_one_message_on_stderr(here: Cli, arguments: list[str], said: str):
    """Exit 2, nothing on stdout, no traceback."""
    answer = here(*arguments)

    assert (2, "") == (answer.returncode, answer.stdout)
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_console_script_is_the_module(pair: Path, cli: Cli):
    """`trackexp` and `python -m trackexp` are one program."""
    script = Path(sys.executable).with_name("trackexp")
    said = subprocess.run([script, "--help"], capture_output=True, text=True, env={**os.environ, "COLUMNS": "100"})

    assert cli("--help").stdout == said.stdout


def test_ctrl_c_ends_with_130(pair: Path):
    """And with one line, not a traceback, wherever it strikes; here as the reading begins."""
    code = (
        "import signal, sys\n"
        "from trackexp.cli import main\n"
        "def strike(frame, event, _):\n"
        "    if frame.f_code.co_name == 'read_run':\n"
        "        sys.setprofile(None)\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "sys.setprofile(strike)\n"
        "sys.exit(main(['show', 'latest']))\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=pair)

    assert (130, "", "trackexp: stopped\n") == (answer.returncode, answer.stdout, answer.stderr)


@pytest.mark.parametrize("how", ["--json", "--markdown", ""])
def test_a_reader_that_leaves_early_is_no_error(pair: Path, how: str):
    """`trackexp compare | head -c 1` ends in silence, and not as a comparison that was lost."""
    command = f"{sys.executable} -m trackexp compare {how} {pair} | head -c 1"
    answer = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, cwd=pair)

    assert (0, 1, "") == (answer.returncode, len(answer.stdout), answer.stderr)


def test_a_terminal_without_our_signs_gets_question_marks(pair: Path, cli: Cli):
    """An ASCII terminal is no reason for a traceback."""
    answer = cli("show", "densebce", cwd=pair, PYTHONIOENCODING="ascii")

    assert (0, "") == (answer.returncode, answer.stderr)
    assert "? TX101 bce-on-categorical" in answer.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_by_its_own_first_sentence(name: str):
    """The list of commands is made without importing any of them, and says what each says of itself."""
    function = name.replace("-", "_")
    module = import_module(f"trackexp.cli.{COMMANDS[name][0]}.{function}")
    first = str(inspect.getdoc(getattr(module, function))).split("\n\n")[0]

    assert COMMANDS[name][1] == " ".join(first.split())


def test_help_imports_no_command():
    """So that neither `trackexp --help` nor one command waits for what another one needs."""
    code = (
        "import sys\n"
        "from trackexp.cli import main\n"
        "main(['--help'])\n"
        "print({'pandas', 'numpy', 'wandb', 'rich', 'trackexp.cli.runs.show'} & set(sys.modules))\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert ("set()", "") == (answer.stdout.splitlines()[-1], answer.stderr)
