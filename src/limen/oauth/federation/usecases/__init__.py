"""What can be done in a federation: one file, one thing."""
