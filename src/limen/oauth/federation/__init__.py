"""OpenID Federation 1.0: applications that are known because somebody we trust vouches for them.

Read `model` (statements, chains, policies of metadata: pure), `resolver` (finding a chain),
`own` (what we say of ourselves and of our subordinates), `clients` (applications by their
chain), then `http`.
"""
