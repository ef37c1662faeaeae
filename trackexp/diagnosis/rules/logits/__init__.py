"""TX2: what the loss is told of the output's end is not what the output's end is."""
