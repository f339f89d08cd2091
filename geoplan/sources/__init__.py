"""What is given: the only room that reads user files."""
