"""The handlers of the hosted pages, one module a step."""
