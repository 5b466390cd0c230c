import { execFileSync } from 'node:child_process'

/** Runs the C++ compiler of the machine: the one that CXX names, which the runner of the tests sets. */
export function compile(words: readonly string[], input: string): void {
  const [compiler = '', ...first] = (process.env.CXX ?? 'c++').split(/\s+/)
  execFileSync(compiler, [...first, '-x', 'c++', '-', ...words], { input, stdio: ['pipe', 'ignore', 'inherit'] })
}
