"""What the folds say of the settings: scores, the choice, what is hopeless, and how it is shown."""
