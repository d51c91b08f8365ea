"""The rules of streams and of what they carry: pure."""
