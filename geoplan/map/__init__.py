"""The map: one overlay a file, the page and its assets."""
