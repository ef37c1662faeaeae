"""What reached the server: W&B's client drops a refused upload without a word, so the server itself is asked."""
