"""What an evaluation measures: sums over rows, areas, curves, calibration, and their intervals."""
