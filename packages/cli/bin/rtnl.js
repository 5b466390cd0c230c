#!/usr/bin/env node
import { existsSync } from 'node:fs'

let rtnl
try {
  rtnl = await import('../dist/index.js')
} catch (error) {
  // Any other error is ours to fix.
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error
  const missing = /Cannot find (?:module|package) '([^']+)'/.exec(error.message)?.[1] ?? error.message
  const isOurs = missing.startsWith('@rtnl/') || missing.includes('/dist/')
  // Only a checkout has sources.
  const remedy =
    isOurs && existsSync(new URL('../src', import.meta.url))
      ? 'not built yet: run `npx pnpm@10 build` in the checkout'
      : `${missing} is missing: install @rtnl/cli again`
  console.error(`rtnl: ${remedy}`)
  process.exitCode = 1
}
await rtnl?.run()
