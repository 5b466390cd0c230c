import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseDocument, readDocuments } from '../../documents/document.ts'
import { checkLinks } from '../../documents/links.ts'

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const links = suite('links of the documents')

links('within the workspace lead somewhere, anchors included', () => {
  const { checked, dead } = checkLinks(root, readDocuments(root))
  console.log(`${checked} links within the workspace`)
  assert.equal(dead, [])
  assert.ok(checked > 150)
})

links('a file that is not there, an anchor that no heading makes, and a way out of the workspace are found', () => {
  const text = `# A \`b\` and c

[one](docs/none.md), [two](#a-b-and-c), [three](#a), [four](../x), [five](https://github.com/rtnl/rtnl/blob/main/LICENSE),
[six](https://github.com/rtnl/rtnl/blob/main/none), [seven](https://example.org/none)
`
  const { checked, dead } = checkLinks(root, [parseDocument('README.md', text)])
  assert.is(checked, 6)
  assert.equal(
    dead.map((place) => place.split(' ')[1]),
    ['docs/none.md', '#a', '../x', 'https://github.com/rtnl/rtnl/blob/main/none'],
  )
})

links.run()
