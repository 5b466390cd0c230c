import { aborted } from '@rtnl/netlink-core/internal'
import { LocalSource, serveView, type TlsFiles, type ViewSource } from '@rtnl/web'
import type { ServerChoice } from '../fleet/server-options.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { untilStopped } from '../stop-signal.ts'

/** Where the view is served. */
export interface Listen {
  readonly host: string
  readonly port: number
}

export interface WebOptions {
  readonly listen: Listen
  /** What is shown: a namespace of this machine, or a fleet. */
  readonly shown: { readonly netns: string | undefined } | ServerChoice
  readonly tokenFile: string | undefined
  readonly tls: TlsFiles | undefined
}

/** Serves tables as a web page until a signal, and prints where. */
export async function web({ listen, shown, tokenFile, tls }: WebOptions, output: StandardOutput): Promise<void> {
  await untilStopped(output, async (stop) => {
    const serve = async (source: ViewSource): Promise<void> => {
      await using view = await serveView(source, { ...listen, tokenFile, tls })
      await output.write(`${view.url}\n`)
      await aborted(stop)
    }
    if ('fleet' in shown) {
      // Only those who look at a fleet need what reads it.
      const { openFleet } = await import('./fleet.ts')
      const { fleetSource } = await import('../fleet/fleet-source.ts')
      await using fleet = await openFleet(shown, undefined, stop)
      await serve(fleetSource(fleet))
    } else {
      await using source = await LocalSource.open(shown)
      await serve(source)
    }
  })
}
