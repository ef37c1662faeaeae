"""Changes its folder, writes relative files, reads itself."""

import os
import pathlib
import tempfile

import wandb

pathlib.Path("results").mkdir(exist_ok=True)
os.chdir("results")
run = wandb.init(project="folders", dir="..", config={"cwd": os.path.basename(os.getcwd())})
with open("metrics.txt", "w") as file:
    for step in range(3):
        run.log({"x": step})
        print(step, file=file)
os.chdir("..")
print(sorted(name for name in os.listdir() if name not in ("wandb", "home")), len(pathlib.Path(__file__).read_text().splitlines()) > 5)
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    run.log({"x": 99})
    os.chdir("/")
run.finish()
print(os.getcwd())
