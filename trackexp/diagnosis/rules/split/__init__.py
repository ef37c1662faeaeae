"""TX7: training and validation rows are not what they should be to each other."""
