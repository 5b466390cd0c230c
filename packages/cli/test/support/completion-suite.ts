import type { uvu } from 'uvu'
import { TypingShell } from './completing.ts'
import { ip } from './ip.ts'

/** Types the beginnings of words into a shell, a tab, and looks at what it makes of them. */
export function testCompletion(shell: uvu.Test<Record<string, unknown>>, line: string, begin: string): void {
  shell.before(() => {
    ip('link add uplink7 type veth peer name peer7')
    ip('netns add purple')
    ip('netns add red')
    ip('-n red link add inside3 type veth peer name outside3')
    ip('rule add priority 900 table 4711')
  })

  shell('commands, tables, options and live values', async () => {
    using typing = new TypingShell(line)
    await typing.type(`${begin}; echo rea''dy\r`, /ready/)
    const completes = async (keys: string, wanted: RegExp): Promise<void> => {
      await typing.type(`${keys}\t`, wanted)
      // Ctrl-U: the line is empty again. What is echoed tells that the shell has taken it.
      await typing.type(`\x15echo do''ne\r`, /done/)
    }
    await completes('rtnl exp', /explain /)
    await completes('rtnl show neig', /neighbor /)
    await completes('rtnl watch link nex', /nexthop /)
    await completes('rtnl watch --prot', /--protocol /)
    await completes('rtnl show route --dev upl', /uplink7 /)
    await completes('rtnl show route --dev=upl', /=uplink7/)
    await completes('rtnl show route --netns pur', /purple /)
    await completes('rtnl show link --netns red --dev inside', /inside3 /)
    await completes('rtnl show route --table 47', /4711 /)
    await completes('rtnl show route --protocol zeb', /zebra /)
    await completes('rtnl watch neighbor --state perm', /permanent /)
    await completes('rtnl watch --kind rem', /removed /)
    await completes('rtnl evpn watch unres', /unresolved /)
    await completes('rtnl completion fi', /fish /)
  })
}
