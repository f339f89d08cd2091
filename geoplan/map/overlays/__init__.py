"""Overlays: each file draws one thing of a result, verb `overlay(result)`; None where the result has nothing for it."""
