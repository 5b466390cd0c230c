import { hostname } from 'node:os'
import type { SecretFiles, StreamOptions } from '@rtnl/fleet'
import * as v from 'valibot'

/** Where an agent publishes the tables that it follows. */
export interface NatsConfig {
  /** URLs of one or more servers of a cluster. */
  readonly servers: readonly string[]
  /** The name of the fleet. */
  readonly fleet: string
  /** The name of this node in it. */
  readonly node: string
  /** What the agent shows to the server, and whom it trusts: files, so that no secret stands in the configuration. */
  readonly files: SecretFiles
  /** How to make the fleet's stream where the server has none; `undefined`: somebody else makes it. */
  readonly stream: StreamOptions | undefined
}

const nameForm = /^[A-Za-z0-9_.-]{1,64}$/
const name = v.pipe(
  v.string('a name is wanted'),
  v.check((text) => nameForm.test(text), 'a name is 1 to 64 letters, digits, "_", "-" and "."'),
)
const server = v.pipe(
  v.string('the URL of a server is wanted'),
  v.regex(/^(nats|tls|wss?):\/\/[^/]/, 'a server is nats://HOST:PORT, tls://HOST:PORT, ws://HOST or wss://HOST'),
)
const path = v.pipe(v.string('the path of a file is wanted'), v.minLength(1, 'the path of a file is wanted'))
const bytes = 'a number of bytes above 0 is wanted'
const copies = '1 to 5 is wanted'

const fields = {
  servers: v.pipe(
    v.union([server, v.array(server, 'a list of URLs is wanted')], ({ issues }) => issues?.[0].message ?? ''),
    v.transform((given) => (typeof given === 'string' ? [given] : given)),
    v.minLength(1, 'no server'),
  ),
  fleet: name,
  node: v.optional(name),
  maxBytes: v.optional(v.pipe(v.number(bytes), v.safeInteger(bytes), v.minValue(1, bytes))),
  replicas: v.optional(v.pipe(v.number(copies), v.integer(copies), v.minValue(1, copies), v.maxValue(5, copies))),
  ...{ creds: v.optional(path), nkey: v.optional(path), token: v.optional(path) },
  ...{ user: v.optional(v.string('a name is wanted')), password: v.optional(path) },
  ...{ ca: v.optional(path), cert: v.optional(path), key: v.optional(path) },
}

/** The setting `nats`. */
export const natsSetting = v.pipe(
  v.strictObject(fields, ({ expected, received }) => {
    if (expected === 'never') return 'there is no such setting'
    return received === 'undefined' ? 'is missing' : '{ servers, fleet, node } is wanted'
  }),
  v.check(({ cert, key }) => (cert === undefined) === (key === undefined), 'cert and key go together'),
  v.check(({ user, password }) => (user === undefined) === (password === undefined), 'user and password go together'),
  v.check(
    ({ replicas, maxBytes }) => replicas === undefined || maxBytes !== undefined,
    'replicas says how the stream is made, which maxBytes asks for',
  ),
  v.transform(
    ({ servers, fleet, node = hostname(), maxBytes, replicas, ...files }): NatsConfig => ({
      servers,
      fleet,
      node,
      files,
      stream: maxBytes === undefined ? undefined : { maxBytes, replicas },
    }),
  ),
  v.check(({ node }) => nameForm.test(node), 'the name of this host is no name of a node: give node'),
)
