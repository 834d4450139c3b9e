// The module by `import`: a default, and names.
import trace from '../../trace.cjs'

const module = await import(process.env.CLUSTER)
const cluster = module.default
const names = Object.keys(module).filter((name) => !name.startsWith('_') && name !== 'module.exports')
trace('names', names.sort())
trace(
  'same',
  module.Worker === cluster.Worker,
  module.isPrimary === cluster.isPrimary,
  module.fork === cluster.fork,
)
if (module.isPrimary) {
  module.setupPrimary({ args: ['from', 'esm'] })
  module.default.on('exit', (worker, code) =>
    trace('exit', worker.id, code, cluster.workers === module.workers),
  )
  module.fork()
} else {
  trace('argv', process.argv.slice(2), module.worker === cluster.worker, module.worker.id)
  process.exit(3)
}
