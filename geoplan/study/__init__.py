"""The study: its file, its scenarios, the line that computes them, and their publication."""
