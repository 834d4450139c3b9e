// What a value becomes on its way to a worker and back.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const values = [
    0,
    -1.5,
    '',
    'ü\n',
    true,
    false,
    null,
    [],
    {},
    [1, [2]],
    { a: undefined, b: null },
    NaN,
    new Date(0),
  ]
  const more = [
    Buffer.from('hi'),
    new Map([[1, 2]]),
    new Error('lost'),
    { toJSON: () => 'by toJSON' },
    '{"a":1}',
  ]
  const worker = cluster.fork()
  for (const value of [...values, ...more]) worker.send(value)
  let left = values.length + more.length
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
