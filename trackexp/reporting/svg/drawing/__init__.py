"""What every chart is drawn with: elements, scales, axes, colours, thinned curves."""
