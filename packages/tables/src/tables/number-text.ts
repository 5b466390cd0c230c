/** Clock ticks a second in numbers that the kernel sends to programs (`USER_HZ`). */
export const ticksPerSecond = 100

/** A number as C's `%g` prints it: six digits, and an exponent where they do not reach. */
export function generalNumber(value: number): string {
  if (value < 1e6) return String(Number(value.toPrecision(6)))
  const [digits = '', exponent = ''] = value.toExponential(5).split('e+')
  return `${Number(digits)}e+${exponent.padStart(2, '0')}`
}
