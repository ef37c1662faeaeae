"""TX3: an activation does not fit the loss, the targets or its place."""
