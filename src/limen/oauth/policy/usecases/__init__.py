"""What can happen to a policy."""
