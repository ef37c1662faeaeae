"""Ends by sys.exit(0), with functions that are called at exit and output that is not flushed."""

import atexit
import sys
import threading
import time

import wandb

atexit.register(lambda: print("registered first, called last"))
run = wandb.init(project="exits", name="zero")


@atexit.register
def last_row():
    wandb.log({"at_exit": 1})
    print("at exit", wandb.run is run)


thread = threading.Thread(target=lambda: (time.sleep(0.2), wandb.log({"late": 1}), print("thread")))
thread.start()
wandb.log({"x": 1})
thread.join()
sys.stdout.write("no line end")
sys.exit(0)
