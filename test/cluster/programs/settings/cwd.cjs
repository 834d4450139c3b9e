// The directory of the workers. A relative `exec` is sought there.
const { mkdirSync, writeFileSync } = require('node:fs')
const { resolve } = require('node:path')
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

mkdirSync('inner')
writeFileSync('inner/script.js', 'process.send([process.cwd(), process.argv[1]]); process.disconnect()')
cluster.setupPrimary({ cwd: resolve('inner'), exec: 'script.js' })
const worker = cluster.fork()
worker.on('message', (message) => trace('message', message))
worker.on('exit', (code) => trace('exit', code, process.cwd()))
