import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type ts from 'typescript'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** Not imported: for its names Node.js would read all of it once more. */
const compiler: typeof ts = createRequire(import.meta.url)('typescript')

const packages = join(dirname(fileURLToPath(import.meta.url)), '../../packages')

const files = readdirSync(packages).flatMap((name) => {
  const folder = join(packages, name, 'src')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file))
})

/** What starts programs without a shell, if nobody asks for one. */
const withoutShell = ['execFile', 'spawn']
const shells = /(^|\/)(sh|bash|dash|zsh|ash|ksh)$/

/** Whether a text may have something of that: most need not be parsed. */
const isSuspect = (text: string): boolean => /child_process|\bshell\b|sh['"`]/.test(text)

const isChildProcess = (specifier: string): boolean => /^(node:)?child_process$/.test(specifier)

/** What a source does with other programs. */
function inspect(source: ts.SourceFile): { readonly starts: boolean; readonly faults: string[] } {
  const faults: string[] = []
  let starts = false
  const look = (node: ts.Node): void => {
    if (compiler.isImportDeclaration(node) && isChildProcess((node.moduleSpecifier as ts.StringLiteral).text)) {
      starts = true
      const names = node.importClause?.namedBindings
      if (names === undefined || !compiler.isNamedImports(names)) faults.push('imports all of child_process')
      else {
        for (const { name, propertyName = name } of names.elements) {
          if (!withoutShell.includes(propertyName.text)) faults.push(`imports ${propertyName.text} of child_process`)
        }
      }
    }
    const isOption = compiler.isPropertyAssignment(node) || compiler.isShorthandPropertyAssignment(node)
    if (isOption && node.name.getText(source) === 'shell') faults.push('has an option shell')
    if (compiler.isStringLiteralLike(node) && shells.test(node.text)) faults.push(`names ${node.text}`)
    const isLoaded =
      compiler.isCallExpression(node) &&
      node.arguments.some((one) => compiler.isStringLiteralLike(one) && isChildProcess(one.text))
    if (isLoaded) faults.push('loads child_process while it runs')
    compiler.forEachChild(node, look)
  }
  look(source)
  return { starts, faults }
}

const forShells = 'cli/src/completion/scripts.ts'

const inspectText = (text: string) => inspect(compiler.createSourceFile('x.ts', text, compiler.ScriptTarget.Latest))

const tests = suite('no shell in what is published')

tests('no package starts a shell, and only the demonstration and the doctor start programs at all', () => {
  const starting: string[] = []
  for (const file of files) {
    const name = relative(packages, file)
    const text = readFileSync(file, 'utf8')
    if (!isSuspect(text)) continue
    const { starts, faults } = inspect(compiler.createSourceFile(file, text, compiler.ScriptTarget.Latest, true))
    // What shells read has their names, and starts nothing.
    const other = name === forShells ? faults.filter((fault) => !fault.startsWith('names ')) : faults
    assert.equal(other, [], name)
    if (starts) starting.push(name)
  }
  assert.ok(files.length > 100, 'the sources are found')
  assert.equal(starting.sort(), [
    'agent/src/systemd.ts',
    'cli/src/commands/demo.ts',
    'cli/src/demo/player.ts',
    'cli/src/doctor/features/isolated.ts',
    'cli/src/isolation/isolation.ts',
  ])
})

tests('what would start one is found', () => {
  for (const text of [
    "import { exec } from 'node:child_process'",
    "import { execSync as run } from 'child_process'",
    "import * as programs from 'node:child_process'",
    "spawn('ip', [], { shell: true })",
    "spawn('ip', [], { shell })",
    "spawn('/bin/sh', ['-c', text])",
    "const { exec } = await import('node:child_process')",
    "require('child_process').exec(text)",
    "createRequire('/')('node:child_process').exec(text)",
  ]) {
    assert.ok(isSuspect(text), text)
    assert.is(inspectText(text).faults.length, 1, text)
  }
  assert.equal(inspectText("import { execFile, spawn } from 'node:child_process'\nspawn('ip', ['netns'])").faults, [])
})

tests.run()
