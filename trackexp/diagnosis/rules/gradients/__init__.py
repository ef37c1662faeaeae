"""TX9: gradients and weights that cannot do their work."""
