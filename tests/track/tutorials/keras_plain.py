"""Keras's own tutorial, with argparse, checkpoints, a CSV and a saved model; no W&B."""

import argparse
import json

import keras
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--lr", type=float, default=1e-2)
parser.add_argument("--hidden", type=int, nargs="*", default=[16])
args = parser.parse_args()

keras.utils.set_random_seed(812)
x = np.random.normal(size=(300, 10)).astype("float32")
y = (x[:, :1] > 0).astype("float32")
model = keras.Sequential([keras.Input((10,)), *[keras.layers.Dense(n, "relu") for n in args.hidden], keras.layers.Dense(1, "sigmoid")])
model.summary()
model.compile(keras.optimizers.Adam(args.lr), "binary_crossentropy", metrics=["accuracy"])
callbacks = [
    keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True, monitor="val_loss"),
    keras.callbacks.CSVLogger("log.csv"),
    keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True),
]
history = model.fit(x, y, epochs=args.epochs, batch_size=32, validation_split=0.25, callbacks=callbacks, verbose=2)
print(model.evaluate(x, y, verbose=0))
model.save("final.keras")
model.save_weights("final.weights.h5")
with open("history.json", "w") as file:
    json.dump(history.history, file)
print(np.round(keras.models.load_model("best.keras").predict(x[:3], verbose=0), 5).tolist())
