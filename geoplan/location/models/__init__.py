"""One location model a file, verb `solve`."""
