import { aborted } from '@rtnl/netlink-core/internal'
import { LocalSource, serveView, type TlsFiles } from '@rtnl/web'
import type { StandardOutput } from '../output/standard-output.ts'
import { untilStopped } from '../stop-signal.ts'

/** Where the view is served. */
export interface Listen {
  readonly host: string
  readonly port: number
}

export interface WebOptions {
  readonly listen: Listen
  readonly netns: string | undefined
  readonly tokenFile: string | undefined
  readonly tls: TlsFiles | undefined
}

/** Serves the tables of a namespace as a web page until a signal, and prints where. */
export async function web({ listen, netns, tokenFile, tls }: WebOptions, output: StandardOutput): Promise<void> {
  await untilStopped(output.broken, async (stop) => {
    await using source = await LocalSource.open({ netns })
    await using view = await serveView(source, { ...listen, tokenFile, tls })
    await output.write(`${view.url}\n`)
    await aborted(stop)
  })
}
