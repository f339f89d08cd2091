"""Report: a Result as Word, PDF and Excel files, from one model, one catalogue of words and one way to write numbers."""
