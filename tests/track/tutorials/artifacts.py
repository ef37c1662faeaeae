"""A data set and a model as artifacts, one run for each, as W&B's artifact tutorial has it."""

import json
import os

import wandb


def load_and_log():
    with wandb.init(project="artifacts", job_type="load-data") as run:
        os.makedirs("data", exist_ok=True)
        with open("data/train.json", "w") as file:
            json.dump(list(range(100)), file)
        raw = wandb.Artifact("numbers", type="dataset", description="numbers", metadata={"rows": 100})
        raw.add_dir("data")
        with raw.new_file("note.txt", mode="w") as file:
            file.write("hello")
        run.log_artifact(raw, aliases=["first"])


def train():
    with wandb.init(project="artifacts", job_type="train", config={"kind": "mean"}) as run:
        with open("data/train.json") as file:
            numbers = json.load(file)
        mean = sum(numbers) / len(numbers)
        run.log({"mean": mean})
        with open("model.json", "w") as file:
            json.dump({"mean": mean}, file)
        run.log_model("model.json", name="mean-model")
        print(mean)


load_and_log()
train()
