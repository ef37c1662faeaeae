"""TX00: too much or too little room to learn, and the regularisation that limits it."""
