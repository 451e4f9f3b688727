"""Where triples stand in files."""
