import { defineConfig, type Options } from 'tsup'
import { licensesOf, preset } from '../../tsup.preset.ts'

/** The module that makes the screens of `rtnl top`, as the sources name it. */
const frame = /\/view\/frame\.ts$/
/** What is built of it. */
const built = './top-frame.js'

/**
 * Ink and all that it needs are inside a file of their own, which only `rtnl top` loads: an installation has none of its
 * forty packages, and the other commands start as before.
 */
export default defineConfig([
  options({
    // The manual stands beside it.
    onSuccess: 'node --conditions=rtnl-source --import tsx src/manual/write.ts',
    esbuildPlugins: [
      {
        name: 'frame',
        setup: (build) => build.onResolve({ filter: frame }, () => ({ path: built, external: true })),
      },
    ],
  }),
  options({
    entry: { 'top-frame': 'src/top/view/frame.ts' },
    splitting: false,
    noExternal: [/./],
    esbuildPlugins: [
      {
        name: 'no tools of development',
        setup(build) {
          build.onResolve({ filter: /^\.\/devtools\.js$/ }, ({ path }) => ({ path, namespace: 'nothing' }))
          build.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: '' }))
        },
      },
      licensesOf('dist/top-frame.notices.txt'),
    ],
    define: { 'process.env.NODE_ENV': '"production"' },
    // Some of it is CommonJS, and asks for modules of the runtime.
    banner: { js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)" },
  }),
])

/** The build recipe with something else. */
function options(other: Options): Options {
  return preset(other) as Options
}
