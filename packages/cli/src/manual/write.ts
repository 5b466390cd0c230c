// Writes the manual beside what is built.
import { mkdirSync, writeFileSync } from 'node:fs'
import { commandLine } from '../command-line.ts'
import { StandardOutput } from '../output/standard-output.ts'
import { packageVersion } from '../version.ts'
import { manual } from './manual.ts'

const folder = new URL('../../dist/', import.meta.url)

mkdirSync(folder, { recursive: true })
writeFileSync(
  new URL('rtnl.1', folder),
  manual(
    commandLine(new StandardOutput(), () => {}),
    packageVersion,
  ),
)
