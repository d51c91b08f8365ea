"""The rules of identity, pure: `folding`, `addresses`, `usernames`, `profiles`, `status`."""
