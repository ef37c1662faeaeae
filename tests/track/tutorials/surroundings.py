"""Prints what a process can see of itself, before, in and after a run."""

import logging
import os
import random
import signal
import sys
import threading
import warnings

import numpy as np

import wandb

HEARD = []
before = dict(os.environ)


def look(when):
    """Say what is there now."""
    changed = sorted(k for k in {*os.environ, *before} if os.environ.get(k) != before.get(k))
    print(when, "env", [name for name in changed if name != "WANDB_SERVICE"])
    print(when, "argv", [os.path.basename(sys.argv[0]), *sys.argv[1:]], __name__, os.path.basename(__file__))
    print(when, "filters", len(warnings.filters), warnings.showwarning.__module__)
    print(when, "logging", [type(h).__name__ for h in logging.getLogger().handlers], logging.getLogger().level)
    print(when, "int", signal.getsignal(signal.SIGINT) is signal.default_int_handler, signal.getsignal(signal.SIGUSR1))
    print(when, "hook", sys.excepthook is sys.__excepthook__, threading.excepthook is threading.__excepthook__)
    print(when, "path", os.path.basename(sys.path[0]), os.path.basename(os.getcwd()))
    print(when, "random", random.random(), np.random.rand())
    print(when, "limits", sys.getrecursionlimit(), sys.gettrace(), sys.getprofile())


random.seed(1)
np.random.seed(1)
look("first")
signal.signal(signal.SIGTERM, lambda *_: HEARD.append("term"))
warnings.filterwarnings("ignore", category=DeprecationWarning)
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
os.environ["MY_OWN"] = "1"
run = wandb.init(project="surroundings")
look("inside")
logging.info("a line of a log")
warnings.warn("deprecated", DeprecationWarning)
os.kill(os.getpid(), signal.SIGTERM)
run.log({"a": 1})
print("heard", HEARD)
run.finish()
os.kill(os.getpid(), signal.SIGTERM)
print("heard", HEARD)
look("after")
