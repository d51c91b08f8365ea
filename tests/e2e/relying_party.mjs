// A relying party on openid-client 6: signs one person in by plain HTTP steps that the test
// drives.  Reads one JSON command a line on stdin, answers one JSON line each.
import * as readline from 'node:readline'
import * as client from 'openid-client'

const state = {}
const commands = {
  async discover({ issuer, clientId, clientSecret }) {
    state.config = await client.discovery(
      new URL(issuer), clientId, undefined,
      clientSecret ? client.ClientSecretBasic(clientSecret) : client.None(),
      { execute: [client.allowInsecureRequests] },
    )
    return { issuer: state.config.serverMetadata().issuer }
  },
  async authorize({ redirectUri, scope, extra }) {
    state.verifier = client.randomPKCECodeVerifier()
    state.nonce = client.randomNonce()
    state.state = client.randomState()
    const url = client.buildAuthorizationUrl(state.config, {
      redirect_uri: redirectUri,
      scope,
      code_challenge: await client.calculatePKCECodeChallenge(state.verifier),
      code_challenge_method: 'S256',
      nonce: state.nonce,
      state: state.state,
      ...(extra ?? {}),
    })
    return { url: url.href }
  },
  async callback({ url }) {
    state.tokens = await client.authorizationCodeGrant(state.config, new URL(url), {
      pkceCodeVerifier: state.verifier,
      expectedNonce: state.nonce,
      expectedState: state.state,
      idTokenExpected: true,
    })
    return { tokens: state.tokens, claims: state.tokens.claims() }
  },
  async userinfo() {
    const { sub } = state.tokens.claims()
    return client.fetchUserInfo(state.config, state.tokens.access_token, sub)
  },
  async refresh({ token }) {
    const tokens = await client.refreshTokenGrant(state.config, token)
    return { access_token: tokens.access_token, refresh_token: tokens.refresh_token }
  },
  async introspect({ token }) {
    return client.tokenIntrospection(state.config, token)
  },
  async revoke({ token }) {
    await client.tokenRevocation(state.config, token)
    return {}
  },
  async clientCredentials({ scope, resource }) {
    const parameters = {}
    if (scope) parameters.scope = scope
    if (resource) parameters.resource = resource
    return client.clientCredentialsGrant(state.config, parameters)
  },
  async grant({ type, parameters }) {
    return client.genericGrantRequest(state.config, type, parameters)
  },
  async endSession({ idToken, redirectUri }) {
    const url = client.buildEndSessionUrl(state.config, {
      id_token_hint: idToken, post_logout_redirect_uri: redirectUri, state: 'bye',
    })
    return { url: url.href }
  },
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line)
  try {
    console.log(JSON.stringify({ ok: await commands[command](rest) }))
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.code ?? error.message), detail: error.cause ?? null }))
  }
}
