import type { Authenticator } from '@nats-io/nats-core'
import type { NatsOptions } from './connect.ts'

/** Files that hold what a client shows to the server. */
export interface SecretFiles {
  /** Credentials of a user, as `nsc` and `nats` write them: a JWT and the seed of its key. */
  readonly creds?: string | undefined
  /** The seed of an nkey. */
  readonly nkey?: string | undefined
  /** A token, as a server without users wants it. */
  readonly token?: string | undefined
  /** Name of a user: not a file. */
  readonly user?: string | undefined
  /** The password of `user`. */
  readonly password?: string | undefined
  /** PEM: the authorities whose servers are trusted, over TLS. Default: those of the runtime. */
  readonly ca?: string | undefined
  /** PEM: the certificate that is shown to the server. */
  readonly cert?: string | undefined
  /** PEM: the key of `cert`. */
  readonly key?: string | undefined
}

/**
 * Options for `nats` of secrets in files, so that none stands in a configuration, an environment or a command line.
 * @throws {Error} a file cannot be read, or holds no such secret: with its name
 */
export async function secretsFrom(files: SecretFiles): Promise<NatsOptions> {
  const { readFile } = await import('node:fs/promises')
  const { credsAuthenticator, nkeyAuthenticator } = await import('@nats-io/nats-core')
  const { creds, nkey, token, user, password, ca, cert, key } = files
  const read = async (file: string): Promise<string> => {
    const text = (await readFile(file, 'utf8')).trim()
    if (text === '') throw new Error(`${file}: the file is empty`)
    return text
  }
  // The client knows the end of a block by the line break behind it.
  const bytes = async (file: string): Promise<Uint8Array> => new TextEncoder().encode(`${await read(file)}\n`)
  const tls = ca === undefined && cert === undefined && key === undefined ? undefined : tlsOf({ ca, cert, key })
  return {
    ...(creds === undefined
      ? {}
      : { authenticator: tried(creds, 'credentials', credsAuthenticator(await bytes(creds))) }),
    ...(nkey === undefined
      ? {}
      : {
          authenticator: tried(nkey, 'seed of an nkey', nkeyAuthenticator(new TextEncoder().encode(await read(nkey)))),
        }),
    ...(token === undefined ? {} : { token: await read(token) }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: await read(password) }),
    ...(tls === undefined ? {} : { tls }),
  }
}

/**
 * Reads a secret before there is a server to show it to: the error of the connection would not name the file.
 * @throws {Error} there is no such secret in the file
 */
function tried(file: string, what: string, authenticator: Authenticator): Authenticator {
  try {
    authenticator('any challenge')
  } catch (error) {
    throw new Error(`${file}: no ${what}, or damaged, or cut short: ${(error as Error).message}`, { cause: error })
  }
  return authenticator
}

function tlsOf({ ca, cert, key }: SecretFiles): NonNullable<NatsOptions['tls']> {
  return {
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(cert === undefined ? {} : { certFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
  }
}
