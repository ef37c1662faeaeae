"""Commands on models: evaluate one, get the predictions of a run."""
