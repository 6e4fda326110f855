"""Experiments: many members, one question, and a store that survives whatever stops the machine."""
