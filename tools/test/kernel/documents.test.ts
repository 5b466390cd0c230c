// Does what the documents say: their commands and programs run here, and print what stands there.
// timeout: 600
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commandsOf } from '../../documents/commands.ts'
import { readDocuments } from '../../documents/document.ts'
import { readPrograms } from '../../documents/programs.ts'
import { faultOf, parseTranscript, playTranscript, runCommand, type Shell } from '../../documents/transcript.ts'

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const folder = mkdtempSync(join(tmpdir(), 'rtnl-documents-'))

/** A folder in which the programs of the documents are saved, as somebody would who has installed the packages. */
function prepareFolder(): { readonly cwd: string; readonly env: NodeJS.ProcessEnv } {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const command = join(bin, 'rtnl')
  writeFileSync(command, `#!/bin/sh\nexec ${process.execPath} ${join(root, 'packages/cli/bin/rtnl.js')} "$@"\n`)
  chmodSync(command, 0o755)
  symlinkSync(process.execPath, join(bin, 'node'))
  symlinkSync(join(root, 'examples/node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), execFileSync('cat', [join(root, 'examples/package.json')]))
  for (const { name, source } of readPrograms(root))
    for (const ending of ['ts', 'mjs']) writeFileSync(join(folder, `${name}.${ending}`), source)
  // Where a document has completion written.
  mkdirSync(join(folder, '.config/fish/completions'), { recursive: true })
  const path = [bin, join(root, 'node_modules/.bin'), process.env.PATH].join(':')
  return {
    cwd: folder,
    env: { ...process.env, HOME: folder, PATH: path, NO_COLOR: '1', LC_ALL: 'C.UTF-8', DENO_NO_UPDATE_CHECK: '1' },
  }
}

const place = prepareFolder()
const commands = suite('commands and programs of the documents')
const pages = readDocuments(root).filter(({ path }) => path.startsWith('docs/'))
let namespaces = 0

commands.after(() => rmSync(folder, { recursive: true }))

/** Whether a block is of commands that make a place to try something in. */
const isScene = (text: string): boolean => /^(ip|bridge|sysctl) /.test(text)

for (const { path, pieces } of pages) {
  for (const chapter of new Set(pieces.map((piece) => piece.chapter))) {
    const there = pieces.filter((piece) => piece.chapter === chapter)
    const run = there.filter(({ language, text }) => language === 'console' || (language === 'sh' && isScene(text)))
    if (run.length === 0) continue
    commands(`${path}: ${chapter}`, async () => {
      const started = performance.now()
      const shell: Shell = { ...place, netns: `doc${++namespaces}` }
      execFileSync('ip', ['netns', 'add', shell.netns])
      execFileSync('ip', ['-n', shell.netns, 'link', 'set', 'lo', 'up'])
      for (const piece of run) {
        const where = `${path}:${piece.line}`
        if (piece.language === 'console') await playTranscript(shell, parseTranscript(piece.text), where)
        else
          for (const line of commandsOf(piece.text))
            assert.equal(runCommand(shell, line), { lines: [], status: 0 }, where)
      }
      execFileSync('ip', ['-all', 'netns', 'del'])
      console.log(`${path}: ${chapter}: ${Math.round(performance.now() - started)} ms`)
    })
  }
}

/** What `rtnl` is told in a block `sh`. */
const ofRtnl = readDocuments(root).flatMap(({ path, pieces }) =>
  pieces
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text, line }) => commandsOf(text).map((command) => ({ command, place: `${path}:${line}` })))
    .filter(({ command }) => command.startsWith('rtnl ')),
)

commands('rtnl takes what it is told in blocks of commands', async () => {
  execFileSync('ip', ['netns', 'add', 'told'])
  const shell: Shell = { ...place, netns: 'told' }
  const faults = ofRtnl.map(async ({ command, place }) => {
    const fault = await faultOf(shell, command)
    return fault === undefined ? [] : [`${place}: ${command}: ${fault}`]
  })
  assert.equal((await Promise.all(faults)).flat(), [])
  execFileSync('ip', ['-all', 'netns', 'del'])
})

commands.run()
