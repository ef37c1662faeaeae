"""What several rules ask of a fit: which kind of loss it has, how its layers are joined, what its curves do."""
