"""How fast, how exact, how large: our engine beside its peers, measured in one session on one machine."""
