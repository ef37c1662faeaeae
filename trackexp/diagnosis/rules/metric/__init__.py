"""TX4: a metric measures something else than it seems to."""
