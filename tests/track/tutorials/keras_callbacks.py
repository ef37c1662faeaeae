"""W&B's Keras form: WandbMetricsLogger and WandbModelCheckpoint."""

import numpy as np
import tensorflow as tf
from wandb.integration.keras import WandbMetricsLogger, WandbModelCheckpoint

import wandb

tf.keras.utils.set_random_seed(7)
wandb.init(project="keras-intro", config={"dense": 16, "epochs": 3, "batch_size": 32, "optimizer": "sgd"})
config = wandb.config
x = np.random.rand(200, 8).astype("float32")
y = (x[:, 0] > 0.5).astype("int32")
model = tf.keras.models.Sequential(
    [tf.keras.layers.Input((8,)), tf.keras.layers.Dense(config.dense, activation="relu"), tf.keras.layers.Dense(2, "softmax")]
)
model.compile(optimizer=config.optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    x=x,
    y=y,
    epochs=config.epochs,
    batch_size=config.batch_size,
    validation_split=0.2,
    verbose=2,
    callbacks=[WandbMetricsLogger(log_freq=2), WandbModelCheckpoint("models.keras", save_best_only=False)],
)
print([round(v, 5) for v in history.history["val_loss"]])
wandb.finish()
