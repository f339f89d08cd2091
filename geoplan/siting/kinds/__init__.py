"""Option kinds: one a file, verb `propose`."""
