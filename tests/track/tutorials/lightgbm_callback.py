"""W&B's LightGBM callback."""

# needs: lightgbm
import lightgbm as lgb
import numpy as np
from wandb.integration.lightgbm import log_summary, wandb_callback

import wandb

rng = np.random.default_rng(0)
x = rng.normal(size=(200, 4))
y = (x[:, 0] > 0).astype(int)
wandb.init(project="lgb", name="booster")
train = lgb.Dataset(x[:150], y[:150])
booster = lgb.train(
    {"objective": "binary", "verbose": -1, "num_threads": 1, "metric": ["binary_logloss"]},
    train,
    num_boost_round=5,
    valid_sets=[lgb.Dataset(x[150:], y[150:], reference=train)],
    callbacks=[wandb_callback()],
)
log_summary(booster, save_model_checkpoint=False)
print(booster.current_iteration())
