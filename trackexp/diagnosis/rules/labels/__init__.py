"""TX6: the labels do not fit the shape or the range of the output."""
