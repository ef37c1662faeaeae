"""TX05: the model's shape is not what the targets ask for."""
