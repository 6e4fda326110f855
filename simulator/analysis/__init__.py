"""What results mean for a decision: who pays, what it buys, what is stable, what drives it."""
