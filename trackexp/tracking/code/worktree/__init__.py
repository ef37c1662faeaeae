"""A working tree against its commit: the repository, git beside its configuration, and the patch between them."""
