// Outputs of a silent worker are streams of the primary.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ silent: true })
  const { process: child } = cluster.fork()
  let [out, error] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (error += text))
  child.stdin.end('input')
  child.on('close', (code, signal) => trace('close', code, signal, out, error))
  trace('stdio', child.stdio.length, child.stdin === child.stdio[0], child.stdio[3])
} else {
  console.log('out')
  console.error('error')
  process.stdin.setEncoding('utf8').on('data', (text) => {
    console.log(text)
    process.disconnect()
  })
}
