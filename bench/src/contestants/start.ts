// A whole program that reads a small table: its process is timed from outside.
import { RouteTable } from '@rtnl/route'

const [netns = '', least = ''] = process.argv.slice(2)
await using table = await RouteTable.open({ netns })
if (table.size < Number(least)) throw new Error(`the table has ${table.size} routes, not ${least} or more`)
