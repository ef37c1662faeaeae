"""TensorFlow's tutorial of a loop of one's own, with wandb.log."""

import tensorflow as tf

import wandb

tf.keras.utils.set_random_seed(3)
wandb.init(project="custom-loop", config={"lr": 0.05, "epochs": 2})
model = tf.keras.Sequential([tf.keras.layers.Input((4,)), tf.keras.layers.Dense(8, "tanh"), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.SGD(wandb.config.lr)
loss_fn = tf.keras.losses.MeanSquaredError()
x = tf.random.normal((256, 4))
dataset = tf.data.Dataset.from_tensor_slices((x, x[:, :1])).shuffle(256, seed=1).batch(32)


@tf.function
def train_step(batch, target):
    with tf.GradientTape() as tape:
        loss = loss_fn(target, model(batch, training=True))
    gradients = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(gradients, model.trainable_weights))
    return loss


for epoch in range(wandb.config.epochs):
    for step, (batch, target) in enumerate(dataset):
        loss = train_step(batch, target)
        if step % 4 == 0:
            wandb.log({"epoch": epoch, "batch_loss": float(loss)})
    print(f"epoch {epoch}: {float(loss):.5f}")
model.save("custom.keras")
