"""What differs between runs: config, data, code, environment; and nothing that does not."""
