"""The score: what the model would have said of years that its fit had not seen, and how wrong it was."""
