"""Client-initiated backchannel authentication (OpenID CIBA Core 1.0).

An application names a person; the person decides here, on a device of their own.  Read
`model`, `request`, `usecases`, `grant`, `notices`, then `pages`.
"""
