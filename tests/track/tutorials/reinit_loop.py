"""Cross-validation as many do it: a run a fold, in one group."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

import wandb

rng = np.random.default_rng(0)
x = rng.normal(size=(200, 4))
y = (x[:, 0] + 0.1 * rng.normal(size=200) > 0).astype(int)
scores = []
for fold, (train, test) in enumerate(KFold(4).split(x)):
    run = wandb.init(project="cv", group="experiment-1", name=f"fold-{fold}", config={"fold": fold, "C": 1.0}, reinit=True)
    model = LogisticRegression(C=run.config.C).fit(x[train], y[train])
    scores.append(model.score(x[test], y[test]))
    wandb.log({"accuracy": scores[-1]})
    run.finish()
print(f"{np.mean(scores):.3f}")
