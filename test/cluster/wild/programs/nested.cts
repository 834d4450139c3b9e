// A worker that runs a program of its own, which is a cluster itself; and one that is none.
const childProcess: typeof import('node:child_process') = require('node:child_process')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)

const level = Number(process.env.LEVEL ?? 0)
const role = cluster.isPrimary ? 'primary' : `worker ${cluster.worker!.id}`
console.log(`level ${level}: ${role} [${process.execArgv.filter((flag) => !flag.includes('conditions'))}]`)

if (cluster.isPrimary && level < 2) {
  cluster.fork()
  cluster.on('message', (_worker, message) => console.log(`level ${level} hears ${message}`))
} else if (cluster.isWorker) {
  const child = childProcess.fork(__filename, { env: { ...process.env, LEVEL: String(level + 1) } })
  child.on('message', (message) => console.log(`level ${level} is told ${message}`))
  child.on('exit', (code) => {
    process.send!(`the end of its child, ${code}`, () => process.disconnect!())
  })
}
if (cluster.isPrimary && process.send) process.send(`from level ${level}`, () => process.disconnect!())
