// `rtnl` from the sources, which also prints how many rows its tables hold in memory on a signal (USR2), and at its end
// how often it held each table at a time.
import process from 'node:process'
import { countRows, mostHeld, rowsHeld } from '../../../live-table/test/rows-held.ts'
import { run } from '../../src/run.ts'

countRows()
process.on('SIGUSR2', () => console.error(`rows: ${JSON.stringify(rowsHeld())}`))
process.on('exit', () => console.error(`most: ${JSON.stringify(mostHeld())}`))

await run()
