"""TX5: the data are not what the model can learn from."""
