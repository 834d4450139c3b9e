// The process of a worker is an ordinary one: arguments, main module, environment, listeners.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const names = Object.keys(process.env).sort()
  cluster.fork().send(names)
} else {
  trace('argv', process.argv[0] === process.execPath, process.argv.slice(1), process.execArgv, process.argv0)
  trace('main', require.main === module, module.id, module.parent, require.main.filename)
  trace('title', process.title)
  process.once('message', (names) => {
    const own = Object.keys(process.env).sort()
    trace(
      'added',
      own.filter((name) => !names.includes(name)),
    )
    trace(
      'removed',
      names.filter((name) => !own.includes(name)),
    )
    process.disconnect()
  })
}
