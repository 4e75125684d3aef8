"""Ways to train, compared so that chance is not taken for a difference."""
