"""TX1: the loss does not fit the targets or the model's output."""
