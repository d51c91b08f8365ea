"""The handlers of the account pages, one module a section."""
