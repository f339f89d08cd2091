"""Demand: how many people want a place, and where."""
