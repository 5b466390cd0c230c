import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commandJudge, commandsOf } from '../../documents/commands.ts'
import { type Piece, readDocuments } from '../../documents/document.ts'
import { type Program, readPrograms } from '../../documents/programs.ts'

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const pieces = suite('pieces of code in documents')

const documents = readDocuments(root)
const all = documents.flatMap((document) => document.pieces)
const programs = readPrograms(root)
/** What tests of packages say: they run the programs of READMEs by name. */
const tests = execFileSync('git', ['ls-files', 'packages/*.test.ts'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .map((path) => readFileSync(join(root, path), 'utf8'))
  .join('\n')

/** What is run, and what is not code to be run: output, settings, files. */
const run = ['js', 'ts', 'sh', 'console']
const shown = ['text', 'ini', 'json', 'yaml', 'md']

const placeOf = ({ document, line }: Piece): string => `${document}:${line}`
const isCode = ({ language }: Piece): boolean => language === 'js' || language === 'ts'

/** The program whose text is a piece. */
const programOf = ({ text }: Piece): Program | undefined => programs.find(({ source }) => source === text)

/** Whether it is the example of a package, which tools/test/kernel/installed.test.ts runs as it stands on all runtimes. */
const isInstalled = ({ document, chapter }: Piece): boolean =>
  chapter === 'Example' && /^packages\/[\w-]+\/README\.md$/.test(document)

/** Whether somebody runs a program where it stands. */
function isRun(piece: Piece, { name }: Program): boolean {
  const beside = all.filter(({ document, chapter }) => document === piece.document && chapter === piece.chapter)
  const command = new RegExp(`^\\$ (node|bun|deno run .*) ?\\b${name}\\.(mjs|ts)\\b`, 'm')
  const isInTranscript = beside.some(({ language, text }) => language === 'console' && command.test(text))
  return isInTranscript || new RegExp(`\\b${name}\\b`).test(tests)
}

pieces('say by their language whether they are run', () => {
  const others = all.filter(({ language }) => ![...run, ...shown].includes(language))
  assert.equal(
    others.map((piece) => `${placeOf(piece)}: ${piece.language || 'no language'}`),
    [],
  )
})

pieces('in JavaScript and TypeScript are programs that a test runs', () => {
  const code = all.filter(isCode)
  const faults = code.flatMap((piece) => {
    if (isInstalled(piece)) return []
    const program = programOf(piece)
    if (program === undefined) return [`${placeOf(piece)} is no file of a folder of examples`]
    return isRun(piece, program) ? [] : [`${placeOf(piece)}: nobody runs ${program.name}`]
  })
  console.log(`${code.length} programs`)
  assert.equal(faults, [])
})

pieces('transcripts stand where they are played', () => {
  const elsewhere = all.filter(({ language, document }) => language === 'console' && !document.startsWith('docs/'))
  assert.equal(elsewhere.map(placeOf), [])
  const steps = all.flatMap(({ language, text }) => (language === 'console' ? (text.match(/^\$ /gm) ?? []) : []))
  console.log(`${steps.length} commands in transcripts`)
})

pieces('for a shell have commands that there are', () => {
  const judge = commandJudge(root)
  const commands = all.flatMap((piece) =>
    piece.language === 'sh' ? commandsOf(piece.text).map((command) => ({ command, place: placeOf(piece) })) : [],
  )
  console.log(`${commands.length} commands`)
  const faults = commands.flatMap(({ command, place }) => {
    const fault = judge(command)
    return fault === undefined ? [] : [`${place}: ${command}: ${fault}`]
  })
  assert.equal(faults, [])
})

pieces('a command of a package, a script or a file that is not there is found', () => {
  const judge = commandJudge(root)
  for (const command of [
    'npm install @rtnl/none',
    'npx @rtnl/none show',
    'npx pnpm@10 none',
    'node none.mjs',
    'deno run --allow-ffi packages/none.ts',
    'curl https://example.org',
  ])
    assert.type(judge(command), 'string', command)
  assert.equal(commandsOf('npm test  # all\nbun build a \\\n  b\n'), ['npm test', 'bun build a b'])
})

pieces.run()
