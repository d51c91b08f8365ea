"""What can happen to signing keys."""
