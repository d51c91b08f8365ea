"""The slot of sign-in methods: each folder is one, complete."""
