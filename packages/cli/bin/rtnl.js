#!/usr/bin/env node
import { existsSync } from 'node:fs'

const built = new URL('../dist/index.js', import.meta.url)
if (existsSync(built)) {
  const { run } = await import(built.href)
  await run()
} else {
  console.error('rtnl: not built yet: run `npx pnpm@10 build` in the checkout')
  process.exitCode = 1
}
