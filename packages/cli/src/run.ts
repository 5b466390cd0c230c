import process from 'node:process'
import { UsageError } from '@rtnl/tables'
import { CommanderError } from 'commander'
import { commandLine } from './command-line.ts'
import { errorLine } from './output/error-line.ts'
import { StandardOutput, type Streams } from './output/standard-output.ts'

const done = 0
const failed = 1
const badUsage = 2

/**
 * Runs `rtnl` with these arguments, the name of the program not among them.
 * It leaves nothing behind in this process: no handler of a signal, and nothing open.
 * @param streams where it prints to: by default standard output and standard error of this process
 * @returns the exit code: 0 done, 1 failed, 2 bad usage. Never rejects: it prints errors on standard error.
 */
export async function main(argv: readonly string[], streams: Streams = process): Promise<number> {
  const output = new StandardOutput(streams)
  try {
    return await execute(argv, output)
  } finally {
    await output.close()
  }
}

async function execute(argv: readonly string[], output: StandardOutput): Promise<number> {
  let code = done
  const program = commandLine(output, (exitCode) => {
    code = exitCode
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed its help or its complaint already.
      if (error.exitCode !== 0) return badUsage
    } else if (!output.closed) {
      output.complain(errorLine(error))
      return error instanceof UsageError ? badUsage : failed
    }
  }
  await output.flush()
  if (output.error !== undefined && !output.closed) {
    output.complain(errorLine(output.error))
    return failed
  }
  return code
}

/** Runs `rtnl` with the arguments of the process, and sets its exit code. */
export async function run(): Promise<void> {
  process.exitCode = await execute(process.argv.slice(2), new StandardOutput())
}
