"""Validation: what the model is tested against beyond its fit, and what came of it."""
