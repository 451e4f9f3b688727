"""What follows from a graph by OWL 2 RL: the rules, the engine that runs them, contradictions, and explanations."""
