// The entry point for running from the sources; the built package is entered by bin/rtnl.js.
import { run } from './run.ts'

await run()
