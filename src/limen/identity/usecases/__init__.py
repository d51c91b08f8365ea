"""What can happen to an account; each file is one thing."""
