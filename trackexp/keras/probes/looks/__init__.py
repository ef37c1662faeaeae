"""One look at a model that is being trained, and what is read off it."""
