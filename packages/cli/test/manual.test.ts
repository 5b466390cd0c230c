// runtimes: node
// wants: mandoc man
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commandLine } from '../src/command-line.ts'
import { manual } from '../src/manual/manual.ts'
import { StandardOutput } from '../src/output/standard-output.ts'

const page = suite('manual')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-manual-'))
const file = join(folder, 'rtnl.1')
const program = commandLine(new StandardOutput(), () => {})

page.before(() => writeFileSync(file, manual(program, '1.2.3')))
page.after(() => rmSync(folder, { recursive: true }))

/** As a reader sees it, in one line. */
function read(): string {
  return (
    execFileSync('mandoc', ['-T', 'utf8', '-O', 'width=100', file], { encoding: 'utf8' })
      // Bold letters are printed twice.
      .replaceAll(/.[\b]/gu, '')
      .replaceAll(/\s+/g, ' ')
  )
}

page('mandoc and man have nothing to say against it', () => {
  const lint = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', file], { encoding: 'utf8' })
  // It has no date, for the same sources to give the same bytes.
  assert.equal(
    lint.stdout.split('\n').filter((line) => line !== '' && !/missing date/.test(line)),
    [],
  )
  const man = spawnSync('man', ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', file], { encoding: 'utf8' })
  assert.equal([man.status, man.stderr], [0, ''])
})

page('has every command, argument and option with what the help says', () => {
  const text = read()
  const look = (command: Command): void => {
    const help = command.createHelp()
    if (command.commands.length === 0) {
      for (const option of help.visibleOptions(command)) {
        assert.ok(text.includes(option.flags.replaceAll(/\s+/g, ' ')), option.flags)
        assert.ok(text.includes(option.description.replaceAll(/\s+/g, ' ')), option.description)
      }
      for (const { description } of command.registeredArguments) assert.ok(text.includes(description), description)
      assert.ok(text.includes(command.description()), command.description())
    }
    for (const sub of help.visibleCommands(command)) look(sub)
  }
  look(program)
  for (const line of [
    'rtnl watch nexthop --json | jq -c \'select(.cause == "inferred")\'',
    'Exit codes: 0 done',
    'old → new',
  ])
    assert.ok(text.includes(line), line)
  assert.not.match(text, /__complete|--outside/)
})

page.run()
