"""One fixed batch, looked at once an epoch: what layers and outputs give on it, and how weights and gradients move."""
