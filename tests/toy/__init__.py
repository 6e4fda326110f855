"""Models that have nothing to do with the subject: a town of orcs, a teacup, an epidemic."""
