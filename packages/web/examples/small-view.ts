import { findTable } from '@rtnl/tables'
import { LocalSource, serveView } from '@rtnl/web'

const source = await LocalSource.open({ tables: [findTable('rule')] })
const view = await serveView(source, { port: 0 })

// A browser shows the page at view.url; what it shows is JSON, too.
const response = await fetch(`${view.url}api/tables/rule?sort=name&filter=family:inet`)
const { total, rows } = JSON.parse(await response.text())
console.log(`${total} rules`)
for (const { words } of rows) console.log(words.join(' '))

await view.close()
source.close()
