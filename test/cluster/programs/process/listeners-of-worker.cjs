// Who listens in a worker before its own code does.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
} else {
  for (const event of ['message', 'exit', 'beforeExit', 'SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException']) {
    trace(event, process.listenerCount(event))
  }
  trace('unhandled', process.listenerCount('unhandledRejection'), process.listenerCount('warning'))
  trace(
    'connected',
    process.connected,
    typeof process.send,
    typeof process.disconnect,
    typeof process.channel,
  )
  trace(
    'resources',
    process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap'),
  )
  process.disconnect()
}
