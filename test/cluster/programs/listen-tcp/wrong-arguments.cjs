// Arguments that `listen` refuses.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
} else {
  const wrong = [
    -1,
    65536,
    NaN,
    Infinity,
    1.5,
    '1.5',
    false,
    true,
    {},
    { port: -1 },
    { port: 'x1' },
    { host: 'localhost' },
  ]
  const more = [
    { port: 0, backlog: -1 },
    { port: 1e6 },
    { fd: -1 },
    { fd: 'x' },
    { path: 5 },
    { port: null },
    Symbol('s'),
  ]
  for (const argument of [...wrong, ...more]) {
    const name = typeof argument === 'object' ? JSON.stringify(argument) : String(argument)
    trace.call(name, () =>
      net
        .createServer()
        .on('error', (error) => trace('error', name, error))
        .listen(argument),
    )
  }
  setTimeout(() => process.exit(), 300) // when the primary has answered
}
