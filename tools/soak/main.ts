// Starts the soaks in network and mount namespaces of their own: `pnpm soak --help`.
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../lib/child-environment.mjs'
import { runIsolated } from '../lib/isolated.mjs'
import { parseOptions } from './options.ts'

const argv = process.argv.slice(2)
parseOptions(argv)
const root = fileURLToPath(new URL('../..', import.meta.url))
const program = fileURLToPath(new URL('./inside.ts', import.meta.url))
runIsolated('soak', program, argv, childEnvironment(process.env, root))
