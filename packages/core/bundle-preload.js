/** Bundles the worker runtime into one CommonJS file; why is said in `src/runtime/register.ts`. Run after `tsc -b`. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

await build({
  entryPoints: [at('dist/runtime/register.js')],
  outfile: at('dist/runtime/preload.cjs'),
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  external: ['debug'],
  define: { 'import.meta.url': '__filename' },
  logLevel: 'warning',
})
