"""TensorBoard's callback, synced by W&B."""

import keras
import numpy as np

import wandb

keras.utils.set_random_seed(0)
wandb.init(project="tb", sync_tensorboard=True, config={"epochs": 2})
x = np.random.rand(64, 3).astype("float32")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
history = model.fit(x, x[:, 0], epochs=2, verbose=0, callbacks=[keras.callbacks.TensorBoard("logs", write_graph=False)])
print([round(v, 6) for v in history.history["loss"]])
