"""What receivers ask: stream management (SSF 1.0 §8) and polling (RFC 8936)."""
