// A name that was imported keeps what it had at first, as `settings` shows; the default export moves on.
import trace from '../../trace.cjs'

const { default: cluster, settings, workers } = await import(process.env.CLUSTER)
if (cluster.isPrimary) {
  cluster.setupPrimary({ args: [] })
  trace('settings', settings === cluster.settings, Object.keys(settings))
  const worker = cluster.fork()
  trace('workers', workers === cluster.workers, Object.keys(workers), workers[1] === worker)
} else {
  process.exit()
}
