"""W&B's scikit-learn form: plots, a table, and a pickled model as an artifact."""

import pickle

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score

import wandb

rng = np.random.default_rng(2)
x = rng.normal(size=(200, 5))
y = (x[:, 1] > 0).astype(int)
model = RandomForestClassifier(n_estimators=10, random_state=0).fit(x[:150], y[:150])
probabilities = model.predict_proba(x[150:])
run = wandb.init(project="sklearn", config=model.get_params())
accuracy = accuracy_score(y[150:], probabilities.argmax(axis=1))
wandb.sklearn.plot_feature_importances(model, [f"f{i}" for i in range(5)])
wandb.sklearn.plot_roc(y[150:], probabilities, ["no", "yes"])
wandb.log({"accuracy": accuracy, "cm": wandb.plot.confusion_matrix(y_true=y[150:].tolist(), preds=probabilities.argmax(1).tolist())})
with open("model.pkl", "wb") as file:
    pickle.dump(model, file)
artifact = wandb.Artifact("forest", type="model")
artifact.add_file("model.pkl")
run.log_artifact(artifact)
print(accuracy, run.config["n_estimators"])
wandb.finish()
