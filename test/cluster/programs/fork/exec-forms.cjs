// Scripts by other names: without an ending, a directory, a URL, an ES module.
const { mkdirSync, writeFileSync } = require('node:fs')
const { resolve } = require('node:path')
const { pathToFileURL } = require('node:url')
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

const script = "process.send('ran'); process.disconnect()"
writeFileSync('script.js', script)
writeFileSync(
  'script.mjs',
  `import cluster from 'node:cluster'; process.send(cluster.worker.id); process.disconnect()`,
)
writeFileSync('with space.cjs', script)
mkdirSync('directory')
writeFileSync('directory/index.js', script)
const forms = [
  resolve('script'),
  './script.js',
  resolve('directory'),
  'with space.cjs',
  'script.mjs',
  pathToFileURL('script.js'),
]
const next = () => {
  const exec = forms.shift()
  if (exec === undefined) return
  cluster.setupPrimary({ exec, args: [] })
  const worker = cluster.fork()
  worker.on('message', (message) => trace('message', message))
  worker.on('exit', (code) => trace('exit', code, worker.process.spawnargs.slice(1)) ?? next())
}
next()
