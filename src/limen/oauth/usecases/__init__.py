"""What can happen in oauth: one function a file."""
