"""The model for others: readers of its equations, each one page."""
