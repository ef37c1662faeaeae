"""Tables, images, histograms, plots, and metrics with steps of their own."""

import numpy as np

import wandb

rng = np.random.default_rng(0)
run = wandb.init(project="media", job_type="eval", group="g")
run.define_metric("epoch")
run.define_metric("val/*", step_metric="epoch", summary="max")
table = wandb.Table(columns=["id", "image", "guess"])
for index in range(3):
    table.add_data(index, wandb.Image(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)), float(index))
run.log({"predictions": table, "weights": wandb.Histogram(rng.normal(size=100))})
for epoch in range(3):
    run.log({"epoch": epoch, "val/acc": 0.5 + 0.1 * epoch}, commit=False)
    run.log({"train/loss": 1.0 / (epoch + 1)})
run.log({"curve": wandb.plot.line_series([0, 1, 2], [[1, 2, 3]], ["a"], "t", "x")})
run.summary.update({"best": {"epoch": 2}, "array": 3})
print(run.summary["train/loss"], run.step, len(table.data))
run.finish()
