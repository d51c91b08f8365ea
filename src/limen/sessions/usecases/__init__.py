"""What can happen to sessions and families: one file, one function each."""
