"""One file a framework: its model files → `Model`."""
