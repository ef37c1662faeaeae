"""Who is out of the contest and why, who is the best of the rest, and in which words that is said."""
