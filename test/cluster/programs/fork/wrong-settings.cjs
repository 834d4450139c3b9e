// Settings that do not fit are errors of the fork.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

const wrong = {
  args: 'text',
  cwd: 5,
  serialization: 'xml',
  stdio: ['pipe'],
  uid: 'root',
  gid: 1.5,
  windowsHide: 1,
}
for (const [name, value] of Object.entries(wrong)) {
  const { settings } = cluster
  cluster.setupPrimary({ [name]: value })
  trace.call(name, () => cluster.fork())
  cluster.settings = { ...settings, [name]: undefined }
}
cluster.setupPrimary({ execArgv: 7, args: [] })
trace.call('execArgv', () => cluster.fork())
