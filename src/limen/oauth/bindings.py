"""Tokens that only the holder of a key can use: bound when issued, proven when used.

By DPoP (RFC 9449) or by the TLS certificate of the connection (RFC 8705 §3); where a token is
bound to both, both are asked.
"""

from hashlib import sha256

from limen.oauth.api import Client
from limen.oauth.dpop.errors import InvalidDpopProof
from limen.oauth.dpop.model import alg_of
from limen.oauth.dpop.proofs import Proofs
from limen.oauth.errors import InvalidRequest, InvalidToken
from limen.oauth.grants import TokenRequest
from limen.oauth.model.access_claims import AccessClaims
from limen.oauth.model.confirmation import Confirmation
from limen.oauth.model.resources import Catalog
from limen.oauth.profiles.requests import check_proof
from limen.platform.crypto import equal
from limen.platform.http.messages import Request
from limen.platform.jose import base64url

BEARER, DPOP = "bearer", "dpop"


class Bindings:
    def __init__(self, proofs: Proofs) -> None:
        self._proofs = proofs

    async def confirm(self, request: Request, client: Client) -> Confirmation | None:
        """Return what the tokens of this request get bound to; None leaves them to any bearer.

        Raises InvalidDpopProof, UseDpopNonce, and InvalidRequest without the certificate that
        the client registered its tokens to be bound to.
        """
        options, jkt = client.options, None
        proof = self._proofs.presented(request)
        if proof is not None:
            jkt = await self._proofs.verify(request, proof)
            check_proof(options.profile, alg_of(proof))
        elif options.dpop_bound_access_tokens:
            raise InvalidDpopProof("none", hint="This client must send a DPoP proof.")
        x5t = None
        if options.tls_client_certificate_bound_access_tokens:
            x5t = certificate_thumbprint(request)
            if x5t is None:
                hint = "This client must use mutual TLS: there is no client certificate."
                raise InvalidRequest("no certificate", hint=hint, reason="certificate_missing")
        return None if jkt is None and x5t is None else Confirmation(jkt=jkt, x5t=x5t)

    async def key_of_request(self, request: Request) -> str | None:
        """Return the thumbprint of the key that a pushed request is proven with, if it is (§10.1).

        Raises InvalidDpopProof, UseDpopNonce.
        """
        proof = self._proofs.presented(request)
        return None if proof is None else await self._proofs.verify(request, proof)

    async def check(self, request: Request, scheme: str, token: str, claims: AccessClaims) -> None:
        """Check that whoever uses a genuine token holds what it is bound to (RFC 9449 §7).

        Raises InvalidToken, InvalidDpopProof, UseDpopNonce.
        """
        cnf = claims.cnf
        if cnf is None or cnf.jkt is None:
            if scheme != BEARER:
                raise InvalidToken("not bound", hint="This token is a bearer token.")
        elif scheme != DPOP:
            hint = "This token is bound to a DPoP key, and no bearer token."
            raise InvalidToken("used as a bearer token", hint=hint)
        if cnf is not None:
            await self._prove(request, token, cnf)

    async def _prove(self, request: Request, token: str, cnf: Confirmation) -> None:
        if cnf.x5t is not None:
            x5t = certificate_thumbprint(request)
            if x5t is None or not equal(x5t, cnf.x5t):  # RFC 8705 §3
                raise InvalidToken("certificate", hint="This token is bound to a certificate.")
        if cnf.jkt is not None:
            proof = self._proofs.presented(request)
            if proof is None:
                raise InvalidDpopProof("none", hint="There is no DPoP proof.")
            await self._proofs.verify(request, proof, token=token, jkt=cnf.jkt)


def certificate_thumbprint(request: Request) -> str | None:
    """Return `x5t#S256` of the connection's client certificate (RFC 8705 §3.1)."""
    der = request.certificate
    return None if der is None else base64url.encode(sha256(der).digest()).decode()


def bound_for(
    request: TokenRequest, catalog: Catalog, resources: tuple[str, ...]
) -> Confirmation | None:
    """Return what an access token for `resources` gets bound to: what these APIs demand, too.

    It asks again what the client demands, for tokens that no token request brings (CIBA's
    push).  Raises InvalidDpopProof, InvalidRequest.
    """
    found, options = request.confirmation, request.client.options
    if found is None and (
        options.dpop_bound_access_tokens or options.tls_client_certificate_bound_access_tokens
    ):
        raise InvalidRequest("unbound", hint="This client takes bound tokens only.")
    for resource in resources:
        api = catalog.by_identifier.get(resource)
        if api is None:
            continue
        jkt = found.jkt if found else None
        if api.options.dpop_bound_access_tokens and jkt is None:
            raise InvalidDpopProof("for an API", hint="This API takes DPoP-bound tokens only.")
        if api.options.tls_client_certificate_bound_access_tokens:
            if request.certificate is None:
                hint = "This API takes tokens bound to a TLS certificate only."
                raise InvalidRequest("for an API", hint=hint, reason="certificate_missing")
            found = Confirmation(jkt=jkt, x5t=request.certificate)
    return found
