"""Siting: what could be done, and where it is allowed."""
