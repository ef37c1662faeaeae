"""What was typed, as what it means: a subject, costs, conditions, labels."""
