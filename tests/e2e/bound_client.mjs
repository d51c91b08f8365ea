// A relying party on openid-client 6 whose tokens are bound to a DPoP key (RFC 9449), driven by
// the test: one JSON command a line on stdin, one JSON answer each.
import * as readline from 'node:readline'
import * as client from 'openid-client'

const state = {}
const commands = {
  async discover({ issuer, clientId, clientSecret, alg }) {
    state.config = await client.discovery(
      new URL(issuer), clientId, undefined,
      clientSecret ? client.ClientSecretPost(clientSecret) : client.None(),
      { execute: [client.allowInsecureRequests] },
    )
    state.keys = await client.randomDPoPKeyPair(alg)
    state.DPoP = client.getDPoPHandle(state.config, state.keys)
    return state.config.serverMetadata().dpop_signing_alg_values_supported
  },
  async authorize({ redirectUri, scope, pushed }) {
    state.verifier = client.randomPKCECodeVerifier()
    state.state = client.randomState()
    const parameters = {
      redirect_uri: redirectUri, scope, state: state.state,
      code_challenge: await client.calculatePKCECodeChallenge(state.verifier),
      code_challenge_method: 'S256',
    }
    if (pushed) {
      const url = await client.buildAuthorizationUrlWithPAR(
        state.config, parameters, { DPoP: state.DPoP })
      return { url: url.href }
    }
    parameters.dpop_jkt = await state.DPoP.calculateThumbprint()
    return { url: client.buildAuthorizationUrl(state.config, parameters).href }
  },
  async callback({ url }) {
    state.tokens = await client.authorizationCodeGrant(state.config, new URL(url), {
      pkceCodeVerifier: state.verifier, expectedState: state.state, idTokenExpected: true,
    }, undefined, { DPoP: state.DPoP })
    return state.tokens
  },
  async userinfo() {
    const { sub } = state.tokens.claims()
    return client.fetchUserInfo(
      state.config, state.tokens.access_token, sub, { DPoP: state.DPoP })
  },
  async refresh({ token }) {
    return client.refreshTokenGrant(state.config, token, undefined, { DPoP: state.DPoP })
  },
  async steal({ token }) {
    const DPoP = client.getDPoPHandle(state.config, await client.randomDPoPKeyPair())
    return client.refreshTokenGrant(state.config, token, undefined, { DPoP })
  },
  async fetch({ url, token }) {
    const answer = await client.fetchProtectedResource(
      state.config, token, new URL(url), 'GET', undefined, undefined, { DPoP: state.DPoP })
    return answer.status
  },
  async clientCredentials() {
    return client.clientCredentialsGrant(state.config, {}, { DPoP: state.DPoP })
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
