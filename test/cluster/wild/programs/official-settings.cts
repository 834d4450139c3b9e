// The example of `setupPrimary` in Node's documentation: two kinds of workers, of which one is silent.
const path: typeof import('node:path') = require('node:path')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)

const exec = path.join(__dirname, 'official-settings-worker.cjs')

cluster.on('setup', (settings) => console.log(`setup ${settings.args}`))

cluster.setupPrimary({ exec, args: ['--use', 'https'], silent: true })
const quiet = cluster.fork() // https worker
quiet.process.stdout!.setEncoding('utf8').on('data', (text: string) => console.log(`I heard ${text.trim()}`))

cluster.setupPrimary({ exec, args: ['--use', 'http'], silent: false })
cluster.fork({ COLOUR: 'green' }) // http worker

console.log(`settings ${cluster.settings.args} ${path.basename(cluster.settings.exec!)}`)
