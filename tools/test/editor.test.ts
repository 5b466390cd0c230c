import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type Typescript from 'typescript'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** Not imported: for its names Node.js would read all of it once more. */
const ts: typeof Typescript = createRequire(import.meta.url)('typescript')

const editor = suite('what an editor proposes')

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** The text stands where a test of the workspace would, so that its imports lead to the sources. */
const file = join(root, 'tools/test/proposed.ts')

const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile)
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
let source = ''
/** One for all texts, as in an editor: what they import is read once. */
const service = ts.createLanguageService({
  fileExists: ts.sys.fileExists,
  readFile: ts.sys.readFile,
  readDirectory: ts.sys.readDirectory,
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
  useCaseSensitiveFileNames: () => true,
  getScriptFileNames: () => [file],
  getScriptVersion: (name) => (name === file ? source : ''),
  getScriptSnapshot: (name) => {
    const content = name === file ? source : ts.sys.readFile(name)
    return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
  },
  getCompilationSettings: () => options,
  getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
  getCurrentDirectory: () => root,
})

/** What a language service proposes at the first `|` of a text, and what it finds wrong in the text without it. */
function propose(text: string): { proposals: string[]; errors: string[] } {
  const at = text.indexOf('|')
  source = text.replace('|', '')
  const proposals = service.getCompletionsAtPosition(file, at, {})?.entries ?? []
  return {
    proposals: proposals.map(({ name }) => name),
    errors: service
      .getSemanticDiagnostics(file)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
  }
}

editor('the values of an enumeration of the kernel (RTN_BLACKHOLE is 6, RTN_UNREACHABLE 7)', () => {
  const { proposals } = propose(
    "import type { Route } from '../../packages/route/src/index.ts'\nexport const type: Route['type'] = |\n",
  )
  for (const value of ['1', '6', '7']) assert.ok(proposals.includes(value), `${value} among ${proposals.slice(0, 20)}`)
})

editor('and numbers of newer kernels pass', () => {
  const { errors } = propose(
    "import type { Route } from '../../packages/route/src/index.ts'\nconst some: number = 200\nexport const types: Route['type'][] = [99, some]|\n",
  )
  assert.equal(errors, [])
})

editor.run()
