"""What each model claims to have counted, counted again by code that shares nothing with its solver: one file each, verb `recount`."""
