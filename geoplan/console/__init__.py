"""What the commands print: summaries, tables and listings, in the language and the words of a service."""
