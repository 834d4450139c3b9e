// One budget for all workers, kept by the primary: rate-limiter-flexible asks it by the messages of the cluster.
const http: typeof import('node:http') = require('node:http')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)
const {
  RateLimiterCluster,
  RateLimiterClusterMaster,
}: typeof import('rate-limiter-flexible') = require('rate-limiter-flexible')

if (cluster.isPrimary) {
  new RateLimiterClusterMaster()
  for (let i = 0; i < 2; i++) cluster.fork()
  cluster.on('listening', (_worker, { port }) => console.log(`listening on ${port}`))
} else {
  const limiter = new RateLimiterCluster({ keyPrefix: 'web', points: 10, duration: 600, timeoutMs: 3000 })

  http
    .createServer(async (_req, res) => {
      res.setHeader('X-Pid', process.pid)
      try {
        const { remainingPoints } = await limiter.consume('everybody')
        res.end(`${remainingPoints} left`)
      } catch (refusal) {
        res.statusCode = refusal instanceof Error ? 500 : 429
        res.end('Too Many Requests')
      }
    })
    .listen(Number(process.env.PORT), '127.0.0.1')
}
