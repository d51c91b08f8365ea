"""What can be done with trusted issuers: one file, one function."""
