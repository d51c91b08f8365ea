"""What can happen to tenants: one file, one function each."""
