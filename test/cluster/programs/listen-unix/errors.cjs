// A path that cannot be listened on: a file is there, the directory is not, or it is one.
const { mkdirSync, writeFileSync } = require('node:fs')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  writeFileSync('file.sock', '')
  mkdirSync('directory.sock')
  trace.events(cluster, 'cluster', ['listening', 'exit'])
  cluster.fork()
} else {
  const paths = ['file.sock', 'directory.sock', 'missing/some.sock', 'file.sock/some.sock']
  const next = () => {
    const path = paths.shift()
    if (path === undefined) return process.disconnect()
    net
      .createServer()
      .on('error', (error) => trace('error', error) ?? next())
      .listen(path)
  }
  next()
}
