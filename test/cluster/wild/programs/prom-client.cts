// One scrape for all workers, as prom-client's example of a cluster has it.
const http: typeof import('node:http') = require('node:http')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)
const { AggregatorRegistry, Counter, Gauge, register }: typeof import('prom-client') = require('prom-client')

if (cluster.isPrimary) {
  const registry = new AggregatorRegistry()
  for (let i = 0; i < 2; i++) cluster.fork()

  const server = http.createServer(async (_req, res) => {
    try {
      const metrics = await registry.clusterMetrics()
      res.setHeader('Content-Type', registry.contentType)
      res.end(metrics)
    } catch (error) {
      res.statusCode = 500
      res.end((error as Error).message)
    }
  })
  server.listen(0, '127.0.0.1', () => {
    console.log(`metrics on ${(server.address() as import('node:net').AddressInfo).port}`)
  })
  cluster.on('listening', (_worker, { port }) => console.log(`service on ${port}`))
} else {
  new AggregatorRegistry()
  const requests = new Counter({ name: 'requests_total', help: 'Requests.', labelNames: ['path'] })
  new Gauge({ name: 'workers', help: 'Workers.' }).set(1)
  const up = new Gauge({ name: 'highest_id', help: 'Of a worker.', aggregator: 'max' })
  up.set(cluster.worker!.id)
  console.log(`${register.getMetricsAsArray().length} metrics`)

  http
    .createServer((req, res) => {
      requests.inc({ path: req.url! })
      res.writeHead(200, { 'X-Pid': process.pid })
      res.end('ok')
    })
    .listen(Number(process.env.PORT), '127.0.0.1')
}
