#!/usr/bin/env node
let rtnl
try {
  rtnl = await import('../dist/index.js')
} catch (error) {
  // This package or one that it needs was never built; any other error is ours to fix.
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error
  console.error('rtnl: not built yet: run `npx pnpm@10 build` in the checkout')
  process.exitCode = 1
}
await rtnl?.run()
