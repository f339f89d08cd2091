"""Why the plan is as it is: one question a file."""
