// A worker's first file: Node's workers do not inherit the loader for TypeScript.
import { register } from 'tsx/esm/api'

register()
await import('./worker.ts')
