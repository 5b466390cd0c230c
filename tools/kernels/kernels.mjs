/**
 * Kernels of Debian: the oldest that users run, and each that came after it.
 * @typedef {{ name: string, suite: string }} Kernel `suite`: the release of Debian that brings it
 * @type {readonly Kernel[]}
 */
export const KERNELS = [
  { name: '5.10', suite: 'bullseye' },
  { name: '6.1', suite: 'bookworm' },
  { name: '6.12', suite: 'trixie' },
  { name: 'sid', suite: 'sid' },
]
