import type { Plugin } from 'esbuild'
import { defineConfig } from 'tsup'
import { preset } from '../../tsup.preset.ts'

/** What a browser has not, as far as the reading of a fleet needs it. */
const stubs: Readonly<Record<string, string>> = {
  'node:timers':
    'export const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis; export const setImmediate = (call) => setTimeout(call, 0)',
  'node:timers/promises':
    'export const setTimeout = (ms) => new Promise((resolve) => globalThis.setTimeout(resolve, ms))',
  '@nats-io/transport-node':
    "export const connect = () => { throw new TypeError('servers: a browser reaches ws:// and wss:// only') }",
}

const inBrowser: Plugin = {
  name: 'in a browser',
  setup(build) {
    build.onResolve({ filter: /^(node:timers(\/promises)?|@nats-io\/transport-node)$/ }, ({ path }) => ({
      path,
      namespace: 'stub',
      sideEffects: false,
    }))
    // What is left out of the sources asks for more.
    build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false }))
    build.onLoad({ filter: /.*/, namespace: 'stub' }, ({ path }) => ({ contents: stubs[path] ?? '' }))
  },
}

export default defineConfig([
  preset() as never,
  preset({
    entry: { browser: 'src/browser.ts' },
    platform: 'browser',
    // The parts of live tables that a reader needs, out of their sources: only those.
    noExternal: [/^@rtnl\//, '@nats-io/transport-node'],
    // Otherwise what stands behind `node:` does not come to the plugin.
    removeNodeProtocol: false,
    esbuildPlugins: [inBrowser],
    esbuildOptions(options) {
      options.conditions = ['rtnl-source']
    },
  }) as never,
])
