// What `cluster.group` refuses.
const cluster = require(process.env.CLUSTER)
const trace = require('../trace.cjs')

if (cluster.isWorker) process.exit()

trace.call('unknown', () => cluster.group('admin'))
trace.call('no name', () => cluster.group(5, {}))
trace.call('master', () => cluster.group('master', {}))
trace.call('default', () => cluster.group('default', {}))
trace.call('option', () => cluster.group('admin', { worker: 1 }))
trace.call('workers', () => cluster.group('admin', { workers: -1 }))
trace.call('policy', () => cluster.group('admin', { schedulingPolicy: 'best' }))
trace.call('env', () => cluster.group('admin', { env: 5 }))
const none = cluster.group('admin', { workers: 0 })
trace('none', Object.keys(none.workers))
trace.call('again', () => cluster.group('admin', { workers: 0 }))
trace(
  'left',
  cluster.master.groups.map(({ name }) => name),
)
