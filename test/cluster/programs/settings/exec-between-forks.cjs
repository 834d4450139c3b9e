// What has been forked is not touched by later settings.
const { writeFileSync } = require('node:fs')
const { resolve } = require('node:path')
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

for (const name of ['one', 'two'])
  writeFileSync(`${name}.js`, `process.send('${name}'); process.disconnect()`)
const fork = (settings) => {
  cluster.setupPrimary(settings)
  const worker = cluster.fork()
  return new Promise((done) => {
    worker.on('message', (message) => trace('message', worker.id, message))
    worker.on('exit', (code) => done(trace('exit', code, worker.process.spawnargs.slice(1))))
  })
}
;(async () => {
  await fork({ exec: resolve('one.js'), args: ['a'] })
  await fork({ exec: resolve('two.js') })
  await fork({ exec: 'one.js', args: [] })
})()
