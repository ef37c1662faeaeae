"""A real offline training script with secrets planted everywhere: none of them is on the disk afterwards."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trackexp.reading import read_run

# Each secret is made of its number, so that the script can make it too and no text holds it whole.
SCRIPT = """
import argparse, logging, os, sys, threading
from trackexp import track

S = lambda number: "".join(["z9", "Kq", f"{number:02d}", "vTx8", "RbW", "4mYp", "L7"])
parser = argparse.ArgumentParser()
parser.add_argument("--api-key"); parser.add_argument("--password"); parser.add_argument("--lr", type=float)
arguments = parser.parse_args()
API_KEY = "LITERAL"
logging.basicConfig(level=logging.INFO, stream=sys.stderr)

@track(project="p", monitor="loss")
def nested(auth_token=S(30)):
    return {"secret": S(31), "accuracy": 0.5}

with track(
    project="p",
    mode="offline",
    name=f"run {os.environ['MY_TOKEN']}",
    group=f"token={S(11)}",
    notes=f"the password: {S(12)}\\nand more",
    tags=["baseline", f"api_key={S(13)}"],
    config={"lr": arguments.lr, "arguments": arguments, "db": {"password": S(14), "url": f"mysql://me:{S(15)}@db/x"}},
) as run:
    print("seen", S(1), "on the terminal")
    print("half a line: password=" + S(16)[:7], end="", flush=True); print(S(16)[7:])
    for step in range(3):
        sys.stdout.write(f"\\rstep {step} token={S(17)}"); sys.stdout.flush()
    print()
    logging.warning("retry with api_key=%s", S(18))
    thread = threading.Thread(target=print, args=(f"from a thread: secret={S(19)}",))
    thread.start()
    thread.join()  # of threads that print at the same moment W&B captures one
    for line in PEM:
        print(line)
    run.config["auth_token"] = S(20)
    run.config.update({"deep": {"er": [{"client_secret": S(21)}]}})
    run.config.access_key = S(22)
    run.config.setdefaults({"refresh_token": S(23)})
    run.notes = f"secret: {S(24)}"
    run.tags = (*run.tags, f"password={S(25)}")
    run.log({"loss": 0.5, "text": f"password={S(26)}"})
    run.summary["token"] = S(27)
    run.summary.update({"nested": {"password": S(28)}})
    run.alert(title=f"password={S(29)}", text=f"secret={S(32)}")
    nested()
    print(f"SMTP_PASS={S(33)}; the last line has no end", end="")
    try:
        raise ValueError(f"cannot connect with password={S(34)}")
    except ValueError:
        logging.exception("the traceback")
print("done", file=sys.stderr)
"""


def secret(number: int) -> str:
    """Return the secret of this number."""
    return "".join(["z9", "Kq", f"{number:02d}", "vTx8", "RbW", "4mYp", "L7"])


KNOWN = {"MY_TOKEN": secret(1), "WANDB_NOTES": f"password: {secret(2)}"}
DOTENV = f"INTERNAL_THING={secret(3)}\nWANDB_PROJECT=digits\nDATABASE_URL=postgres://me:{secret(4)}@db/x\n"


@pytest.fixture
def planted(tmp_path: Path, isolated_environ: dict[str, str], make: Any) -> Any:
    """Run the script in a repository with a secret in its remote, its diff and an untracked file."""
    key, folder = make.private_key(), tmp_path / "work"
    folder.mkdir()
    isolated_environ |= KNOWN
    isolated_environ.pop("WANDB_MODE", None)
    (folder / ".env").write_text(DOTENV)
    (folder / "config.txt").write_text("password = old\n")
    for words in (
        ["init", "-q"],
        ["remote", "add", "origin", f"https://me:{secret(6)}@github.com/me/x.git"],
        ["add", "config.txt"],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True, env=isolated_environ)
    (folder / "config.txt").write_text(f"password = {secret(7)}\n")
    (folder / "untracked.yaml").write_text(f"api_key: {secret(8)}\ninternal: {secret(3)}\n")
    (folder / "train.py").write_text(SCRIPT.replace("LITERAL", secret(5)).replace("PEM", repr(key.splitlines())))
    command = [sys.executable, "train.py", "--api-key", secret(9), f"--password={secret(10)}", "--lr", "0.1"]
    result = subprocess.run(
        command, cwd=folder, env=isolated_environ, capture_output=True, text=True, timeout=90, check=False
    )
    return result, key


def test_no_planted_secret_is_on_the_disk(planted: Any, tmp_path: Path) -> None:
    """Nothing below W&B's folders holds one of thirty-odd planted secrets, the terminal shows what was printed."""
    result, key = planted
    folders = {tmp_path / "work" / "wandb", tmp_path / "home"}  # W&B's cache, data and configuration are in the home
    leaks = {number: file for file, data in _contents(folders) for number in range(1, 40) if _in(data, secret(number))}
    lines_of_key = [file for file, data in _contents(folders) for line in key.splitlines()[1:-1] if _in(data, line)]

    assert 0 == result.returncode, result.stderr
    assert {} == leaks
    assert [] == lines_of_key
    assert {1, 16, 17, 19, 33} == {number for number in range(1, 34) if secret(number) in result.stdout}


def test_the_run_says_what_was_masked_and_keeps_the_rest(planted: Any, tmp_path: Path) -> None:
    """The run counts and locates its masks, and still knows its machine, its packages and what is no secret."""
    (file,) = tmp_path.glob("work/wandb/offline-run-*/*.wandb")
    record = read_run(file)
    masked = record.summary["trackexp"]["masked"]
    places = {entry["place"].partition("[")[0].partition(".")[0].partition(" ")[0] for entry in masked["places"]}
    log = (file.parent / "files" / "output.log").read_text()

    assert masked["count"] >= 30
    assert {"argv", "config", "name", "group", "notes", "tags", "stdout", "stderr", "summary", "history"} <= places
    assert "<masked:MY_TOKEN>" in record.name
    assert 0.1 == record.config["lr"]
    assert "half a line: password=<masked:password>" in log
    assert "the last line has no end" in log
    assert "cannot connect with password=<masked:password>" in log


def _contents(folders: set[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of every file, also of those inside archives; the frames of the log taken out."""
    for folder in folders:
        for file in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if not file.is_file() or file.is_symlink():
                continue
            data = file.read_bytes()
            yield file.name, data
            if file.suffix == ".wandb":
                yield file.name, _without_frames(data)
            elif file.suffix == ".gz":
                yield file.name, gzip.decompress(data)
            elif zipfile.is_zipfile(file):
                with zipfile.ZipFile(file) as archive:
                    yield from ((name, archive.read(name)) for name in archive.namelist())


def _without_frames(data: bytes) -> bytes:
    """Return the payload of a LevelDB log: a record that spans two blocks of 32 KiB has 7 bytes between its parts."""
    parts, position = [], 7
    while position + 7 <= len(data):
        rest = 32_768 - position % 32_768
        if rest < 7:
            position += rest
            continue
        length = int.from_bytes(data[position + 4 : position + 6], "little")
        parts.append(data[position + 7 : position + 7 + length])
        position += 7 + length
    return b"".join(parts)


def _in(data: bytes, text: str) -> bool:
    return text.encode() in data or text.encode("utf-16-le") in data
