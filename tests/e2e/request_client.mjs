// A relying party on openid-client 6 whose requests are pushed (RFC 9126), signed (RFC 9101), and
// answered by a signed token (JARM) or with an ID token beside the code, driven by the test: one
// JSON command a line on stdin, one JSON answer each.
import * as readline from 'node:readline'
import * as client from 'openid-client'

const state = {}
const commands = {
  async keys() {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    state.keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', state.keys.publicKey)
    return { keys: [{ kty, crv, x, y, kid: 'of-the-client', use: 'sig', alg: 'ES256' }] }
  },
  async discover({ issuer, clientId, clientSecret, ways }) {
    state.config = await client.discovery(
      new URL(issuer), clientId, undefined, client.ClientSecretPost(clientSecret),
      { execute: [client.allowInsecureRequests] },
    )
    state.ways = ways
    if (ways.includes('hybrid')) {
      client.useCodeIdTokenResponseType(state.config)
      client.enableDetachedSignatureResponseChecks(state.config)
    }
    if (ways.includes('jarm')) client.useJwtResponseMode(state.config)
    return state.config.serverMetadata().pushed_authorization_request_endpoint
  },
  async authorize({ redirectUri, scope, ...others }) {
    state.verifier = client.randomPKCECodeVerifier()
    state.state = client.randomState()
    state.nonce = client.randomNonce()
    let parameters = new URLSearchParams({
      redirect_uri: redirectUri, scope, state: state.state, nonce: state.nonce, ...others,
      code_challenge: await client.calculatePKCECodeChallenge(state.verifier),
      code_challenge_method: 'S256',
    })
    let url = client.buildAuthorizationUrl(state.config, parameters)
    if (state.ways.includes('jar')) {
      url = await client.buildAuthorizationUrlWithJAR(
        state.config, url.searchParams, { key: state.keys.privateKey, kid: 'of-the-client' })
    }
    if (state.ways.includes('par')) {
      url = await client.buildAuthorizationUrlWithPAR(state.config, url.searchParams)
    }
    return { url: url.href }
  },
  async callback({ url }) {
    const tokens = await client.authorizationCodeGrant(state.config, new URL(url), {
      pkceCodeVerifier: state.verifier, expectedState: state.state, expectedNonce: state.nonce,
      idTokenExpected: true,
    })
    return { ...tokens, claims: tokens.claims() }
  },
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line)
  try {
    console.log(JSON.stringify({ ok: await commands[command](rest) }))
  } catch (error) {
    const detail = error.error ?? error.code ?? error.message
    console.log(JSON.stringify({ error: String(detail), cause: String(error.cause ?? '') }))
  }
}
