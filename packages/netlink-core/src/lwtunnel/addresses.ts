import { InvalidValue, show } from '../codec/invalid.ts'
import type { Kind } from '../codec/kind.ts'
import { addressBytes, readAddress } from '../codec/values.ts'

/** An address of one family. The family follows from the attribute. */
function addressOf(size: 4 | 16, family: string): Kind<string> {
  return {
    name: `${family} address`,
    minimum: size,
    maximum: size,
    read: readAddress,
    write(writer, value) {
      const bytes = addressBytes(value)
      if (bytes.length !== size) throw new InvalidValue(`${show(value)} is not an ${family} address`, true)
      writer.raw(bytes)
    },
  }
}

export const ipv4: Kind<string> = addressOf(4, 'IPv4')
export const ipv6: Kind<string> = addressOf(16, 'IPv6')
