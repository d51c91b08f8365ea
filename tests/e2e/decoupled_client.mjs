// A device and a bank on openid-client 6: they ask, and wait for somebody to decide elsewhere.
// Reads one JSON command a line on stdin, answers one JSON line each; polling goes on meanwhile.
import * as readline from 'node:readline'
import * as client from 'openid-client'

const state = {}
const settle = (promise) =>
  promise.then(
    (tokens) => ({ tokens, claims: tokens.claims() ?? null }),
    (error) => ({ error: error.error ?? error.code ?? error.message }),
  )
const commands = {
  async discover({ issuer, clientId, clientSecret }) {
    state.config = await client.discovery(
      new URL(issuer), clientId, undefined,
      clientSecret ? client.ClientSecretBasic(clientSecret) : client.None(),
      { execute: [client.allowInsecureRequests] },
    )
    return {}
  },
  async device({ scope }) {
    const asked = await client.initiateDeviceAuthorization(state.config, { scope })
    state.answer = settle(client.pollDeviceAuthorizationGrant(state.config, asked))
    return asked
  },
  async ciba(parameters) {
    const asked = await client.initiateBackchannelAuthentication(state.config, parameters)
    state.answer = settle(client.pollBackchannelAuthenticationGrant(state.config, asked))
    return asked
  },
  async answer() {
    return state.answer
  },
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line)
  try {
    console.log(JSON.stringify({ ok: await commands[command](rest) }))
  } catch (error) {
    console.log(JSON.stringify({ error: error.error ?? String(error.code ?? error.message) }))
  }
}
