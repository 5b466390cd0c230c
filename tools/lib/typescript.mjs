// Lets Node.js run TypeScript: for `node --import`. A test's processes use it in place of tsx, because it starts in a third of the time.
import { register } from 'node:module'
import process from 'node:process'
import { isMainThread } from 'node:worker_threads'

const folder = process.env.RTNL_TEST_BUNDLES
// A bundle that a test process begins with is complete; what reads sources takes half again as long to start.
const isBundle = isMainThread && folder !== undefined && process.argv[1]?.startsWith(`${folder}/`)
if (!isBundle) register('./typescript-hooks.mjs', import.meta.url)
