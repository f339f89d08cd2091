"""The sections of the report, one a file, each with a verb `section(result) -> list of blocks`."""
