"""The callbacks that record a fit, and what they are made of; importing one imports Keras."""
