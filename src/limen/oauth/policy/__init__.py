"""What a tenant asks of all its applications: one policy, read on nearly every request.

`options.OAuthPolicy` says what there is.  Read `model`, `usecases`, `policies`.
"""
