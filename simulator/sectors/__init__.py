"""The model: one sector is a file of equations with a file of numbers beside it."""
