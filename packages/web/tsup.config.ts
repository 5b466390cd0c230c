import { licensesOf, preset } from '../../tsup.preset.ts'

/** The client is one file with all that it needs inside: pages load nothing from elsewhere. */
export default [
  preset(),
  preset({
    entry: { client: 'client/main.tsx' },
    tsconfig: 'client/tsconfig.json',
    platform: 'browser',
    target: 'es2022',
    splitting: false,
    minify: true,
    plugins: [],
    noExternal: [/./],
    esbuildPlugins: [licensesOf('dist/client.notices.txt')],
    define: { 'process.env.NODE_ENV': '"production"' },
  }),
]
