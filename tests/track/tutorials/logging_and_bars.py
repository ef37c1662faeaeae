"""Logging to a file, tqdm, rich text, unicode and carriage returns."""

import logging
import sys

from tqdm import tqdm

import wandb

logging.basicConfig(filename="train.log", level=logging.INFO, format="%(levelname)s %(message)s")
log = logging.getLogger("train")
log.setLevel(logging.DEBUG)
run = wandb.init(project="bars", config={"a": 1})
for step in tqdm(range(5), file=sys.stdout, disable=True):
    log.debug("step %d", step)
    run.log({"step_loss": step})
    print(f"\rprogress {step} ✓ ü", end="")
print()
print(sys.stdout.isatty(), sys.stdout.encoding, file=sys.stdout)
print("err", file=sys.stderr)
