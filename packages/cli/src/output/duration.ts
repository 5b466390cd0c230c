/** A duration for people, by its two longest units: `0s`, `59s`, `2m5s`, `3h0m`, `12d4h`. */
export function duration(seconds: number): string {
  const second = Math.floor(seconds)
  const [minute, hour, day] = [60, 3600, 86_400].map((length) => Math.floor(second / length)) as [
    number,
    number,
    number,
  ]
  if (day > 0) return `${day}d${hour % 24}h`
  if (hour > 0) return `${hour}h${minute % 60}m`
  return minute > 0 ? `${minute}m${second % 60}s` : `${second}s`
}
