// A worker's first file: Node's workers do not inherit the loader for TypeScript.
import '../lib/typescript.mjs'

await import('./worker.ts')
