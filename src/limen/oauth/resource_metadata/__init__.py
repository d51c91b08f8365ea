"""Protected resource metadata (RFC 9728): which authorization server an API belongs to.

Ours is found where the standard puts it; that of a registered API is published under the
issuer, for its resource server to point at (`WWW-Authenticate: … resource_metadata=`).
"""
