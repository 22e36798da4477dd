"""What stands behind the model: the article's statements as experiments, the cards of mechanisms."""
