export { AttributeSet, type Engine, nested } from './attribute-set.ts'
export type { UnknownAttribute } from './decode.ts'
export { findAttribute } from './find-attribute.ts'
export { InvalidBytes, InvalidValue, show as showValue } from './invalid.ts'
export type { Kind, Patch } from './kind.ts'
export { Message, message } from './message.ts'
export { type MessageCursor, readMessages } from './message-reader.ts'
export { familyOfText } from './parse-address.ts'
export { type CanonicalPrefix, canonicalPrefix, parsePrefixInto, writePrefix } from './prefix.ts'
export {
  be16,
  be32,
  be64,
  enumerated,
  type HeaderKind,
  type NamedNumber,
  s32,
  u8,
  u16,
  u32,
  u64,
  within,
} from './scalars.ts'
export {
  type Attribute,
  attribute,
  type Composed,
  composed,
  type EntryOf,
  exactSpan,
  type Field,
  type Fields,
  type HeaderField,
  type HeaderFields,
  type HiddenNames,
  header,
  hidden,
  type Infer,
  type Repeated,
  readOnlySpan,
  repeated,
  type Span,
  span,
} from './schema.ts'
export {
  formatHardwareAddress,
  formatHex,
  formatIpv4,
  formatIpv6,
  formatString,
  parseAddress,
  unmapAddress,
} from './text.ts'
export { address, addressBytes, hardwareAddress, hex, presence, readAddress, string, writeAddress } from './values.ts'
export { Writer } from './writer.ts'
