"""absl: app.run, flags, logging."""

# arguments: --learning_rate=0.7 --layers=8,16
from absl import app, flags, logging

import wandb

FLAGS = flags.FLAGS
flags.DEFINE_float("learning_rate", 0.1, "The rate.")
flags.DEFINE_list("layers", ["32"], "Layers.")
flags.DEFINE_boolean("fast", False, "Fast.")


def main(argv):
    del argv
    logging.info("starting")
    wandb.init(project="absl", config=FLAGS.flag_values_dict() and {"learning_rate": FLAGS.learning_rate, "layers": FLAGS.layers})
    for step in range(3):
        wandb.log({"loss": FLAGS.learning_rate / (step + 1)})
    print(FLAGS.learning_rate, FLAGS.layers, FLAGS.fast)


if __name__ == "__main__":
    app.run(main)
