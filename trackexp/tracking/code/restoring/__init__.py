"""From a run's patch and the commit that it names back to the working tree."""
