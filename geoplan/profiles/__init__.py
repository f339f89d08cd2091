"""Profiles: what is known, as data files with their sources."""
