"""The rules of federation; `entities` and `statements` come first, then `chains`."""
