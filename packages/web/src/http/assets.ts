import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Hono } from 'hono'

const types = {
  'client.js': 'text/javascript; charset=utf-8',
  'client.css': 'text/css; charset=utf-8',
} as const

/** What the pages load: built beside this file, or beside the sources. */
export function assets(): Hono {
  const app = new Hono()
  for (const [name, type] of Object.entries(types)) {
    let reading: Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly tag: string }> | undefined
    app.get(`/${name}`, async (context) => {
      reading ??= read(name)
      const { bytes, tag } = await reading
      const headers = { 'content-type': type, 'cache-control': 'no-cache', etag: tag }
      if (context.req.header('if-none-match') === tag) return context.body(null, 304, headers)
      return context.body(bytes, 200, headers)
    })
  }
  return app
}

async function read(name: string): Promise<{ bytes: Uint8Array<ArrayBuffer>; tag: string }> {
  const bytes = new Uint8Array(await readFile(assetFile(name)))
  return { bytes, tag: `"${createHash('sha256').update(bytes).digest('base64url')}"` }
}

function assetFile(name: string): URL {
  // The sources are in folders below the one whose neighbour is built.
  return new URL(import.meta.url.endsWith('.ts') ? `../../dist/${name}` : name, import.meta.url)
}
