"""The faces of registration: `protocol` (RFC 7591, RFC 7592) and `tokens` (management API)."""
