import { readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createServer } from 'node:https'
import { serve } from '@hono/node-server'
import { UsageError } from '@rtnl/tables'
import { isLoopback } from './http/hosts.ts'
import { readToken } from './http/token.ts'
import type { ViewSource } from './source.ts'
import { WebView } from './view.ts'

/** Where a view is served, and for whom. */
export interface ServeOptions {
  /** Default: `127.0.0.1`. */
  readonly host?: string | undefined
  /** 0: any that is free. */
  readonly port: number
  /** A file with the token that has to be shown. */
  readonly tokenFile?: string | undefined
  /** Files in PEM, for HTTPS. */
  readonly tls?: TlsFiles | undefined
}

/** Files in PEM. */
export interface TlsFiles {
  /** The certificate of the server. */
  readonly cert: string
  /** Its key. */
  readonly key: string
  /** Only clients with a certificate of this authority may look. */
  readonly clientCa?: string | undefined
}

/** A view that is served. */
export interface ServedView extends AsyncDisposable {
  /** With the port, also where any was asked for. */
  readonly url: string
  /** Ends what is being served, too. */
  close(): Promise<void>
}

/**
 * Serves a view of tables.
 * @throws {UsageError} it would be open to others without a token or certificates, or a file of these cannot be used
 * @throws {Error} the address is taken, or not this machine's
 */
export async function serveView(
  source: ViewSource,
  { host = '127.0.0.1', port, tokenFile, tls }: ServeOptions,
): Promise<ServedView> {
  if (!isLoopback(host) && tokenFile === undefined && tls?.clientCa === undefined) {
    throw new UsageError(
      `${host} can be reached by others: the view needs a token (--token-file, tokenFile), or certificates of its clients (--tls-client-ca, tls.clientCa)`,
    )
  }
  const token = tokenFile === undefined ? undefined : await readToken(tokenFile)
  const secure = tls === undefined ? undefined : await serverOptions(tls)
  const view = new WebView(source, { token, anyHost: token !== undefined || tls?.clientCa !== undefined })
  view.start()
  try {
    const [server, address] = await listen(view, host, port, secure)
    const name = host.includes(':') ? `[${host}]` : host
    const close = async (): Promise<void> => {
      view.close()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    }
    const url = `${secure === undefined ? 'http' : 'https'}://${name}:${address}/`
    return { url, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    view.close()
    throw error
  }
}

type SecureOptions = Awaited<ReturnType<typeof serverOptions>>

async function listen(
  { app }: WebView,
  hostname: string,
  port: number,
  secure: SecureOptions | undefined,
): Promise<[Server, number]> {
  return await new Promise((resolve, reject) => {
    const server = serve(
      { fetch: app.fetch, hostname, port, ...(secure === undefined ? {} : { createServer, serverOptions: secure }) },
      (info) => resolve([server, info.port]),
    ) as Server
    server.once('error', (error) =>
      reject(new Error(`${hostname}:${port} cannot be used: ${error.message}`, { cause: error })),
    )
  })
}

async function serverOptions({ cert, key, clientCa }: TlsFiles) {
  return {
    cert: await pem(cert),
    key: await pem(key),
    ...(clientCa === undefined ? {} : { ca: await pem(clientCa), requestCert: true, rejectUnauthorized: true }),
  }
}

async function pem(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`, { cause: error })
  }
}
