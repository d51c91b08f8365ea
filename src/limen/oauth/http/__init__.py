"""The faces of oauth: protocol endpoints, and the management API of its objects."""
