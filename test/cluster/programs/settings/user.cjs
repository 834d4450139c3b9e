// User and group of the workers.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ uid: process.getuid(), gid: process.getgid() })
  cluster.fork()
  trace('settings', cluster.settings.uid === process.getuid(), cluster.settings.gid === process.getgid())
} else {
  process.exit()
}
