import { Notifier } from '@rtnl/notifier'
import { findTable, InterfaceNames, lineText, openPart, partOf } from '@rtnl/tables'

const notifier = await Notifier.open()
const names = await InterfaceNames.follow(notifier)
const module = findTable(process.argv[2] ?? 'rule')
const table = await openPart(partOf(module, {}), { notifier })

for (const entry of table) console.log(lineText(module, entry, names))
notifier.close()
