"""What does it cost to look through a patch of one megabyte for secrets, and can a text be made that costs more?

The baseline is one pass of a regular expression that any search for long words would need at least.
"""

from __future__ import annotations

import base64
import random
import re
import time
from pathlib import Path

from pairs import alternate, quiet_environment, ratio, table, timed

ROUNDS = 9
SIZE = 1_000_000  # letters
GOAL = 100  # milliseconds
SCRUB, PASS = "scrubber", "one pass of [A-Za-z0-9_-]{20,}"
_FLOOR = re.compile(r"[A-Za-z0-9_-]{20,}")


def main() -> None:
    quiet_environment()
    from trackexp.tracking.secrets import Scrubber

    rows = []
    for title, text in texts().items():
        known = {f"SECRET_{number}": f"value-of-secret-{number:03d}" for number in range(20)}
        scrub = timed(lambda text=text, known=known: Scrubber(known).text(text, "code.patch"), time.process_time)
        sweep = timed(lambda text=text: _FLOOR.findall(text), time.process_time)
        scrub()
        costs = alternate({SCRUB: scrub, PASS: sweep}, rounds=ROUNDS)
        median, worst = sorted(costs[SCRUB])[ROUNDS // 2] * 1000, max(costs[SCRUB]) * 1000
        verdict = f"≤ {GOAL} ms: {'met' if median <= GOAL else 'MISSED'}"
        rows.append([title, f"{median:.0f} ms", f"{worst:.0f} ms", f"{ratio(costs, SCRUB, PASS):.1f}", verdict])
    columns = ["1 MB of text, 20 known values", "median, CPU", "slowest", f"against {PASS}", "goal"]
    table("Processor time of the scrubber", columns, rows, "wandb")


def texts() -> dict[str, str]:
    """Return what a patch may be made of, and what could be made to be slow."""
    rng = random.Random(0)
    blob = rng.randbytes(SIZE)
    return {
        "a patch of Python": patch(),
        "one line of base64": base64.b64encode(blob).decode()[:SIZE],
        "lines of base64": base64.encodebytes(blob).decode()[:SIZE],
        "one line of hexadecimal digits": blob.hex()[:SIZE],
        "a table of numbers": "".join(f"{rng.random():.6f},{rng.random():.6f}\n" for _ in range(SIZE // 18))[:SIZE],
        "one word": "a" * SIZE,
        "token, and token again": "token" * (SIZE // 5),
        "addresses that do not end": "://a:" * (SIZE // 5),
        "headers of keys, and no key": "-----BEGIN PRIVATE KEY-----\n" * (SIZE // 28),
        "a list of secrets, dropped": "--api-key 9fK2xQ7bL0pZ4mN8 " * (SIZE // 27),
        "a secret every thousand letters": ("x = 1  # some words\n" * 49 + "password = 'x7Kq'\n ") * (SIZE // 1000),
    }


def patch() -> str:
    """Return a patch that adds the package's own sources, but for the scrubber's lists of words in ten languages."""
    files = sorted((Path(__file__).parents[1] / "trackexp").rglob("*.py"))
    files = [file for file in files if file.parent.name != "secrets"]
    text = "".join(f"+{line}" for file in files for line in file.read_text("utf-8").splitlines(keepends=True))
    return (text * (SIZE // len(text) + 1))[:SIZE]


if __name__ == "__main__":
    main()
