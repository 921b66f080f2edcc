// jose verifies our tokens by the published keys.

import assert from 'node:assert/strict'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { run, versions } from './report.mjs'

const { GATE, CLIENT, CLIENT_SECRET, USERNAME, PASSWORD, ALGORITHM } = process.env
const keys = createRemoteJWKSet(new URL(`${GATE}/.well-known/jwks.json`))

versions('jose')

async function ofAClient() {
  const form = { grant_type: 'client_credentials', client_id: CLIENT, client_secret: CLIENT_SECRET }
  const answer = await fetch(`${GATE}/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) })
  return (await answer.json()).access_token
}

async function ofAUser() {
  const body = JSON.stringify({ username: USERNAME, password: PASSWORD })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${GATE}/api/v1/auth/login`, { method: 'POST', headers, body })
  return (await answer.json()).access_token
}

const rules = { issuer: GATE, algorithms: [ALGORITHM] }

await run({
  async "a client's access token"() {
    const { payload } = await jwtVerify(await ofAClient(), keys, { ...rules, audience: GATE, typ: 'at+jwt' })
    assert.equal(payload.client_id, CLIENT)
  },
  async "a user's login token"() {
    const { payload } = await jwtVerify(await ofAUser(), keys, { ...rules, typ: 'JWT' })
    assert.equal(payload.sub, USERNAME)
  },
  async 'neither is taken for the other'() {
    const code = 'ERR_JWT_CLAIM_VALIDATION_FAILED'
    await assert.rejects(async () => jwtVerify(await ofAClient(), keys, { ...rules, typ: 'JWT' }), { code })
    await assert.rejects(async () => jwtVerify(await ofAUser(), keys, { ...rules, typ: 'at+jwt' }), { code })
  },
  async 'a changed token is refused'() {
    const [head, , signature] = (await ofAClient()).split('.')
    const [, claims] = (await ofAClient()).split('.')
    const code = 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'
    await assert.rejects(jwtVerify(`${head}.${claims}.${signature}`, keys, rules), { code })
  },
})
