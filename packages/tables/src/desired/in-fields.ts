/**
 * A message about the options that say which entries are owned, for people who wrote them into a file: `--protocol` is their
 * field `owner.protocol`.
 */
export function inFields(message: string): string {
  return message.replace(/^sync (\w+) needs /, '$1 needs ').replaceAll(/--(table|protocol|dev|additive)\b/g, 'owner.$1')
}
