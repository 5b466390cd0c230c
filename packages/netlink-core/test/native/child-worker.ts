/** In a worker: brings sockets into a state, says so, and ends as told, or waits to be terminated. */
import { parentPort, workerData } from 'node:worker_threads'
import { enter, type State } from './states.ts'

const { state, end } = workerData as { readonly state: State; readonly end: string }
const transports = await enter(state)
parentPort?.postMessage('ready')
if (end === 'exit') process.exit(0)
if (end === 'unref') for (const transport of transports) transport.unref()
if (end === 'terminate') setInterval(() => {}, 1000)
