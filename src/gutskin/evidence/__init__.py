"""What stands behind the model: the statements as experiments, the cards of mechanisms."""
