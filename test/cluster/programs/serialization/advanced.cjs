// Values as structured clones.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: 'advanced' })
  const circle = { name: 'circle' }
  circle.self = circle
  const values = [
    new Map([[1, new Set(['a'])]]),
    5n,
    new Date(0),
    /re/g,
    new Error('kept'),
    circle,
    undefined,
    NaN,
  ]
  const more = [
    Buffer.from('hi'),
    new Uint16Array([1, 2]),
    Array.from({ length: 2 }),
    'text',
    null,
    { a: undefined },
  ]
  const worker = cluster.fork()
  let left = values.length + more.length
  for (const value of [...values, ...more]) trace.call('send', () => worker.send(value)) ?? left--
  worker.on('message', (value) => {
    trace('back', value)
    if (--left === 0) worker.disconnect()
  })
} else {
  process.on('message', (value) => {
    trace('got', value)
    process.send(value)
  })
}
