import { attribute, header, type Infer, message, nested, repeated, u8, u32 } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const schema = suite('schema')

const inner = nested('inner', { port: attribute(1, u32), marks: repeated(2, u8) })
const thing = message('thing', {
  header: { family: header(u8) },
  attributes: { id: attribute(1, u32), inner: attribute(2, inner), others: repeated(3, inner) },
})

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

schema('the types of messages, nested sets and kinds are inferred from the declaration', () => {
  // The compiler checks these lines: a type that is not the expected one is no `true`.
  const ofMessage: Equal<Infer<typeof thing>, ReturnType<typeof thing.decode>> = true
  const ofNested: Equal<Infer<typeof inner>, ReturnType<typeof inner.read>> = true
  const ofKind: Equal<Infer<typeof u32>, number> = true
  const ofRepeated: Equal<Infer<typeof thing>['others'], readonly Infer<typeof inner>[] | undefined> = true
  const marks: Equal<Infer<typeof inner>['marks'], readonly number[] | undefined> = true
  const entry: Infer<typeof thing> = { family: 1, id: 2, others: [{ port: 3, marks: [4] }] }
  assert.ok(ofMessage && ofNested && ofKind && ofRepeated && marks)
  assert.is(entry.others?.[0]?.marks?.[0], 4)
})

schema.run()
