// All workers log by the primary, which alone writes the file: log4js knows by its cluster who is who.
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)
const log4js: typeof import('log4js') = require('log4js')

log4js.configure({
  appenders: {
    file: {
      type: 'file',
      filename: process.env.LOG!,
      layout: { type: 'pattern', pattern: '%p %c by %z: %m' },
    },
  },
  categories: { default: { appenders: ['file'], level: 'info' } },
})

const logger = log4js.getLogger(cluster.isPrimary ? 'primary' : 'worker')

if (cluster.isPrimary) {
  logger.info('starts %d workers', 2)
  for (let i = 0; i < 2; i++) cluster.fork()
  cluster.on('exit', (_worker, code) => {
    logger.warn('a worker left with %d', code)
    if (Object.keys(cluster.workers!).length === 0) log4js.shutdown(() => console.log('done'))
  })
} else {
  for (let n = 1; n <= 3; n++) logger.info('line %d of worker %d', n, cluster.worker!.id)
  logger.error(new Error('no reason'))
  cluster.worker!.disconnect()
}
