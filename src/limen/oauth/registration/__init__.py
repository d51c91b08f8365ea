"""Applications that register themselves: RFC 7591, RFC 7592 and client ID metadata documents.

Whoever is nobody to us gets what the tenant's policy gives to anybody, and no permission of
this server.  Read `model` (metadata in, rules, metadata out), `usecases`, `http`, then
`documents` for clients whose name is the URL of their metadata.
"""
