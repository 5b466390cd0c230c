// Starts the benchmark in network and mount namespaces of its own.
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../../tools/lib/child-environment.mjs'
import { runIsolated } from '../../tools/lib/isolated.mjs'
import { folder } from './folder.ts'
import { parseOptions } from './options.ts'

const argv = process.argv.slice(2)
parseOptions(argv)
const root = fileURLToPath(new URL('..', folder))
runIsolated('bench', fileURLToPath(import.meta.resolve('#entry/isolated')), argv, childEnvironment(process.env, root))
