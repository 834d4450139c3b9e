// Methods of a worker that was made by hand, without a process.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

const worker = new cluster.Worker({ id: 5 })
for (const method of ['send', 'kill', 'destroy', 'isDead', 'isConnected']) {
  try {
    trace(method, worker[method]())
  } catch (error) {
    trace(method, error.name)
  }
}
