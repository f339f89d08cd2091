"""Location models with proof: what to do with this money and land."""
