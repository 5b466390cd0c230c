import { execFileSync } from 'node:child_process'

/** Runs `bridge` with the words of a line. */
export function bridge(line: string): string {
  return execFileSync('bridge', line.split(' '), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs many commands of `bridge` in one process. */
export function bridgeBatch(netns: string, lines: readonly string[]): void {
  execFileSync('bridge', ['-n', netns, '-batch', '-'], { input: lines.join('\n'), stdio: ['pipe', 'ignore', 'pipe'] })
}
