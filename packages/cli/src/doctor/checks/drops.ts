import { count, countOf } from '../../output/count.ts'
import type { CheckGroup } from '../check.ts'
import { rtnetlinkPrograms } from '../netlink-sockets.ts'

/** Messages that the kernel has dropped since, for sockets that are open now. */
export const dropGroup: CheckGroup = {
  ids: ['drops'],
  examine() {
    const programs = rtnetlinkPrograms()
    const losing = programs.filter(({ drops }) => drops > 0)
    const sockets = programs.reduce((sum, program) => sum + program.sockets, 0)
    const value = programs.map(({ pid, name, sockets, drops }) => ({ pid: pid ?? null, name, sockets, drops }))
    if (losing.length === 0) {
      const text = `no message dropped for ${countOf(sockets, ['open socket', 'open sockets'])} of rtnetlink of other programs here`
      return [{ id: 'drops', level: 'green', text, value }]
    }
    const list = losing.map(
      ({ pid, name, drops }) => `${count(drops)} of ${name}${pid === undefined ? '' : ` (process ${pid})`}`,
    )
    return [
      {
        id: 'drops',
        level: 'yellow',
        text: `messages dropped since the sockets were opened: ${list.join(', ')}. Programs with rtnl have read their tables again`,
        todo: 'give them a larger receive buffer: see buffer.receive',
        value,
      },
    ]
  },
}
