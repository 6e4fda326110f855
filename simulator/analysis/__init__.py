"""Analyses: what an answer turns on, where a policy fails, which one holds up, and what knowing is worth."""
