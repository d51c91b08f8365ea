// A client on oauth4webapi, which hides nothing: it registers itself (RFC 7591), pushes its request
// (RFC 9126) with a DPoP proof (RFC 9449), and asks about its tokens.  One JSON command a line on
// stdin, one JSON answer each.
import * as readline from 'node:readline'
import * as oauth from 'oauth4webapi'

const insecure = { [oauth.allowInsecureRequests]: true }
const state = {}

// Nonces are the server's choice: whoever is asked for one tries once more.
async function retried(request) {
  try {
    return await request()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return request()
  }
}

const commands = {
  async register({ issuer, initialAccessToken, metadata }) {
    const url = new URL(issuer)
    const found = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure })
    state.as = await oauth.processDiscoveryResponse(url, found)
    const made = await oauth.dynamicClientRegistrationRequest(
      state.as, metadata, { initialAccessToken, ...insecure })
    state.client = await oauth.processDynamicClientRegistrationResponse(made)
    const secret = state.client.client_secret
    state.auth = secret ? oauth.ClientSecretBasic(secret) : oauth.None()
    state.DPoP = oauth.DPoP(state.client, await oauth.generateKeyPair('ES256'))
    return state.client
  },
  async authorize({ redirectUri, scope }) {
    state.redirectUri = redirectUri
    state.verifier = oauth.generateRandomCodeVerifier()
    state.state = oauth.generateRandomState()
    state.nonce = oauth.generateRandomNonce()
    const parameters = {
      redirect_uri: redirectUri, scope, state: state.state, nonce: state.nonce,
      response_type: 'code', code_challenge_method: 'S256',
      code_challenge: await oauth.calculatePKCECodeChallenge(state.verifier),
    }
    const pushed = await retried(async () => oauth.processPushedAuthorizationResponse(
      state.as, state.client, await oauth.pushedAuthorizationRequest(
        state.as, state.client, state.auth, parameters, { DPoP: state.DPoP, ...insecure })))
    const url = new URL(state.as.authorization_endpoint)
    url.searchParams.set('client_id', state.client.client_id)
    url.searchParams.set('request_uri', pushed.request_uri)
    return { url: url.href, expiresIn: pushed.expires_in }
  },
  async callback({ url }) {
    const answer = oauth.validateAuthResponse(state.as, state.client, new URL(url), state.state)
    state.tokens = await retried(async () => oauth.processAuthorizationCodeResponse(
      state.as, state.client, await oauth.authorizationCodeGrantRequest(
        state.as, state.client, state.auth, answer, state.redirectUri, state.verifier,
        { DPoP: state.DPoP, ...insecure }),
      { expectedNonce: state.nonce, requireIdToken: true }))
    const claims = oauth.getValidatedIdTokenClaims(state.tokens)
    const told = await retried(async () => oauth.processUserInfoResponse(
      state.as, state.client, claims.sub, await oauth.userInfoRequest(
        state.as, state.client, state.tokens.access_token, { DPoP: state.DPoP, ...insecure })))
    return { type: state.tokens.token_type, sub: claims.sub, told: told.sub }
  },
  async refresh() {
    const answer = await retried(async () => oauth.processRefreshTokenResponse(
      state.as, state.client, await oauth.refreshTokenGrantRequest(
        state.as, state.client, state.auth, state.tokens.refresh_token,
        { DPoP: state.DPoP, ...insecure })))
    state.tokens = { ...state.tokens, ...answer }
    return { type: answer.token_type }
  },
  async introspect({ token }) {
    const answer = await oauth.introspectionRequest(
      state.as, state.client, state.auth, state.tokens[token], insecure)
    return oauth.processIntrospectionResponse(state.as, state.client, answer)
  },
  async revoke({ token }) {
    const answer = await oauth.revocationRequest(
      state.as, state.client, state.auth, state.tokens[token], insecure)
    await oauth.processRevocationResponse(answer)
    return {}
  },
  async manage({ method, body }) {
    const { registration_client_uri: url, registration_access_token: token } = state.client
    const answer = await fetch(url, {
      method, body: body && JSON.stringify({ ...body, client_id: state.client.client_id }),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    })
    const said = answer.status === 200 ? await answer.json() : {}
    state.client = { ...state.client, ...said }
    return { status: answer.status, ...said }
  },
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line)
  try {
    console.log(JSON.stringify({ ok: await commands[command](rest) }))
  } catch (error) {
    const detail = error.error ?? error.code ?? error.message
    console.log(JSON.stringify({ error: String(detail), cause: JSON.stringify(error.cause) }))
  }
}
