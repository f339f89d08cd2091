"""The generator of the demonstration place, one step a module; `scripts/make_xingtai.py` runs them in order."""
