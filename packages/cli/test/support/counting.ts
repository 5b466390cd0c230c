// `rtnl` from the sources, which also prints how many rows its tables hold in memory on a signal (USR2).
import process from 'node:process'
import { countRows, rowsHeld } from '../../../live-table/test/rows-held.ts'
import { run } from '../../src/run.ts'

countRows()
process.on('SIGUSR2', () => console.error(`rows: ${JSON.stringify(rowsHeld())}`))

await run()
