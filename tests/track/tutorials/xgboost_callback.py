"""W&B's XGBoost callback."""

# needs: xgboost
import numpy as np
import xgboost as xgb
from wandb.integration.xgboost import WandbCallback

import wandb

rng = np.random.default_rng(0)
x = rng.normal(size=(200, 4))
y = (x[:, 0] > 0).astype(int)
with wandb.init(project="xgb", config={"max_depth": 3, "eta": 0.3}) as run:
    booster = xgb.train(
        {"max_depth": run.config.max_depth, "eta": run.config.eta, "objective": "binary:logistic", "nthread": 1},
        xgb.DMatrix(x[:150], y[:150]),
        num_boost_round=5,
        evals=[(xgb.DMatrix(x[150:], y[150:]), "valid")],
        verbose_eval=True,
        callbacks=[WandbCallback(log_model=True)],
    )
print(booster.num_boosted_rounds())
