import { Option } from 'commander'
import { UsageError } from './usage-error.ts'

/** The option of the commands that work in one network namespace. */
export function netnsOption(): Option {
  return new Option('--netns <name or path>', 'in this network namespace, not that of the process').argParser(
    checkNetns,
  )
}

function checkNetns(text: string): string {
  if (text === '' || text === '.' || text === '..') {
    throw new UsageError(`--netns: '${text}' is neither a name nor a path; \`ip netns\` lists the names`)
  }
  return text
}

/** Gathers what several arguments name, each once. */
export function collecting<Named>(
  find: (text: string) => Named,
): (text: string, chosen: Named[] | undefined) => Named[] {
  return (text, before = []) => {
    const named = find(text)
    return before.includes(named) ? before : [...before, named]
  }
}
