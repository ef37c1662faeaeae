"""Commands about rows."""
