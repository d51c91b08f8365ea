"""What can happen to registrations."""
