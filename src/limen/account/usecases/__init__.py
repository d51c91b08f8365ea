"""What the account pages do beyond calling another context."""
