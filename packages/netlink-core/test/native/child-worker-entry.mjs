// A worker's first file. Node's workers do not inherit the loader for TypeScript; Deno and Bun need none.
if (!('Deno' in globalThis) && !('Bun' in globalThis)) await import('../../../../tools/lib/typescript.mjs')
await import('./child-worker.ts')
