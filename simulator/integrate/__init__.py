"""Integrators: they know time and arrays, nothing of the subject."""
