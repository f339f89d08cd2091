"""Measures of access: one a file, verb `measure`."""
