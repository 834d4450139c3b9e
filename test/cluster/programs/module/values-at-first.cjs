// The module of a primary that has not forked yet.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

trace('kind', cluster.isPrimary, cluster.isMaster, cluster.isWorker)
trace('settings', cluster.settings)
trace('workers', cluster.workers)
trace('policies', cluster.SCHED_NONE, cluster.SCHED_RR, cluster.schedulingPolicy)
trace('events', cluster.eventNames(), cluster.listenerCount('exit'), cluster.getMaxListeners())
trace('alias', cluster.setupMaster === cluster.setupPrimary)
trace(
  'process',
  process.listenerCount('message'),
  process.listenerCount('exit'),
  process.listenerCount('SIGTERM'),
)
trace(
  'process',
  process.listenerCount('SIGINT'),
  process.listenerCount('uncaughtException'),
  process.connected,
)
