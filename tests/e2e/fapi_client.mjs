// A FAPI 2.0 client on openid-client 6: private_key_jwt, pushed requests, DPoP, and with message
// signing request objects and JARM; driven by the test: one JSON command a line on stdin, one JSON
// answer each.
import * as readline from 'node:readline'
import * as client from 'openid-client'

const ALGORITHMS = { ES256: { name: 'ECDSA', namedCurve: 'P-256' }, EdDSA: { name: 'Ed25519' } }
const state = {}
const commands = {
  async keys({ alg }) {
    state.keys = await crypto.subtle.generateKey(ALGORITHMS[alg], true, ['sign', 'verify'])
    const jwk = await crypto.subtle.exportKey('jwk', state.keys.publicKey)
    for (const name of ['key_ops', 'ext', 'alg']) delete jwk[name]
    return { keys: [{ ...jwk, kid: 'of-the-client', use: 'sig' }] }
  },
  async discover({ issuer, clientId, alg, signing }) {
    state.signer = { key: state.keys.privateKey, kid: 'of-the-client' }
    const metadata = { id_token_signed_response_alg: alg }
    if (signing) metadata.authorization_signed_response_alg = alg
    state.config = await client.discovery(
      new URL(issuer), clientId, metadata, client.PrivateKeyJwt(state.signer),
      { execute: [client.allowInsecureRequests] },
    )
    if (signing) client.useJwtResponseMode(state.config)
    state.signing = signing
    state.DPoP = client.getDPoPHandle(state.config, await client.randomDPoPKeyPair('ES256'))
    return state.config.serverMetadata()
  },
  async authorize({ redirectUri, scope, weaker = [] }) {
    state.verifier = client.randomPKCECodeVerifier()
    state.state = client.randomState()
    state.nonce = client.randomNonce()
    const parameters = new URLSearchParams({
      redirect_uri: redirectUri, scope, state: state.state, nonce: state.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(state.verifier),
      code_challenge_method: 'S256',
    })
    if (weaker.includes('pkce')) parameters.delete('code_challenge')
    if (weaker.includes('implicit')) parameters.set('response_type', 'id_token token')
    let url = client.buildAuthorizationUrl(state.config, parameters)
    if (state.signing && !weaker.includes('jar')) {
      url = await client.buildAuthorizationUrlWithJAR(state.config, url.searchParams, state.signer)
    }
    if (!weaker.includes('par')) {
      url = await client.buildAuthorizationUrlWithPAR(
        state.config, url.searchParams, { DPoP: state.DPoP })
    }
    return { url: url.href }
  },
  async callback({ url }) {
    state.tokens = await client.authorizationCodeGrant(state.config, new URL(url), {
      pkceCodeVerifier: state.verifier, expectedState: state.state, expectedNonce: state.nonce,
      idTokenExpected: true,
    }, undefined, { DPoP: state.DPoP })
    return { ...state.tokens, claims: state.tokens.claims() }
  },
  async userinfo() {
    const { sub } = state.tokens.claims()
    return client.fetchUserInfo(
      state.config, state.tokens.access_token, sub, { DPoP: state.DPoP })
  },
  async refresh({ token, bearer }) {
    const options = bearer ? undefined : { DPoP: state.DPoP }
    return client.refreshTokenGrant(state.config, token, undefined, options)
  },
  async introspect({ token }) {
    return client.tokenIntrospection(state.config, token)
  },
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line)
  try {
    console.log(JSON.stringify({ ok: await commands[command](rest) }))
  } catch (error) {
    const detail = error.error ?? error.code ?? error.message
    const why = error.error_description ?? String(error.cause ?? '')
    console.log(JSON.stringify({ error: String(detail), why }))
  }
}
