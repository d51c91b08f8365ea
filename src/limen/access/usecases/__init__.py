"""What can happen to roles: one file, one function each."""
