/**
 * Loaded into every worker before the application (`--import`). The processes and threads that a worker starts may
 * inherit the option; without the variable there is nothing to do for them.
 */
const boot = process.env.MANIFOLD_WORKER
if (boot !== undefined) {
  const { start } = await import('./start.js')
  start(boot, import.meta.url)
}

export {}
