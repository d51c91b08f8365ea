// openid-client 6 proving itself by a signed assertion: one run, one JSON answer.
// argv: issuer, client id, "key" or "secret", and a private JWK or the secret.
import * as client from 'openid-client'

const [issuer, clientId, kind, given] = process.argv.slice(2)

async function proof() {
  if (kind === 'secret') return client.ClientSecretJwt(given)
  const jwk = JSON.parse(given)
  const algorithm = { ES256: { name: 'ECDSA', namedCurve: 'P-256' }, EdDSA: { name: 'Ed25519' },
    PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
    RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } }[jwk.alg]
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
  return client.PrivateKeyJwt({ key, kid: jwk.kid })
}

const config = await client.discovery(new URL(issuer), clientId, undefined, await proof(), {
  execute: [client.allowInsecureRequests],
})
const tokens = await client.clientCredentialsGrant(config)
const active = await client.tokenIntrospection(config, tokens.access_token)
await client.tokenRevocation(config, tokens.access_token)
const ended = await client.tokenIntrospection(config, tokens.access_token)
console.log(JSON.stringify({ before: active.active, after: ended.active }))
