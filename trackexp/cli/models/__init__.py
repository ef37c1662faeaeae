"""Commands on models and their predictions."""
