// oauth4webapi, unmodified: it finds everything by the metadata, and is strict about every answer.

import assert from 'node:assert/strict'
import * as oauth from 'oauth4webapi'
import { run, versions } from './report.mjs'

const { GATE, CLIENT, CLIENT_SECRET, USERNAME, PASSWORD } = process.env
const issuer = new URL(GATE)
const client = { client_id: CLIENT }
const secret = oauth.ClientSecretBasic(CLIENT_SECRET)

versions('oauth4webapi')

const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2' })
const server = await oauth.processDiscoveryResponse(issuer, found)

async function byCredentials(how, scope) {
  const answer = await oauth.clientCredentialsGrantRequest(server, client, how, new URLSearchParams(scope ? { scope } : {}))
  return oauth.processClientCredentialsResponse(server, client, answer)
}

async function byPassword() {
  const form = new URLSearchParams({ username: USERNAME, password: PASSWORD })
  const answer = await oauth.genericTokenEndpointRequest(server, client, secret, 'password', form)
  return oauth.processGenericTokenEndpointResponse(server, client, answer)
}

async function refreshed(token) {
  const answer = await oauth.refreshTokenGrantRequest(server, client, secret, token)
  return oauth.processRefreshTokenResponse(server, client, answer)
}

async function state(token) {
  return oauth.processIntrospectionResponse(server, client, await oauth.introspectionRequest(server, client, secret, token))
}

await run({
  'the metadata names what is switched on'() {
    assert.equal(server.issuer, GATE)
    assert.deepEqual([...server.grant_types_supported].sort(), ['client_credentials', 'password', 'refresh_token'])
  },
  async 'client credentials, the secret in Authorization'() {
    assert.equal((await byCredentials(secret, 'qos:view')).scope, 'qos:view')
  },
  async 'client credentials, the secret in the body'() {
    assert.ok((await byCredentials(oauth.ClientSecretPost(CLIENT_SECRET))).access_token)
  },
  async 'a wrong secret is invalid_client'() {
    await assert.rejects(byCredentials(oauth.ClientSecretPost('wrong')), { status: 401 })
  },
  async 'a scope beyond the client is invalid_scope'() {
    await assert.rejects(byCredentials(secret, 'config:edit'), { error: 'invalid_scope' })
  },
  async 'introspection before and after revocation'() {
    const { access_token: token } = await byCredentials(secret)
    assert.equal((await state(token)).client_id, CLIENT)
    await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, secret, token))
    assert.deepEqual(await state(token), { active: false })
  },
  async 'an access token as RFC 9068 wants it'() {
    const { access_token: token } = await byCredentials(secret)
    const request = new Request(GATE, { headers: { authorization: `Bearer ${token}` } })
    const claims = await oauth.validateJwtAccessToken(server, request, GATE)
    assert.equal(claims.client_id, CLIENT)
  },
  async 'refresh with rotation, and its reuse'() {
    const first = await byPassword()
    const second = await refreshed(first.refresh_token)
    assert.notEqual(second.refresh_token, first.refresh_token)
    await assert.rejects(refreshed(first.refresh_token), { error: 'invalid_grant' })
    await assert.rejects(refreshed(second.refresh_token), { error: 'invalid_grant' })
    assert.deepEqual(await state(second.access_token), { active: false })
  },
})
