"""A `.wandb` file → RunRecord, without importing wandb."""
