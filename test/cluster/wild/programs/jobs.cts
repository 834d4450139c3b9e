// A queue of jobs that the primary deals out by messages; the job of a worker that dies is dealt out again.
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)

type Worker = import('node:cluster').Worker
interface Job {
  n: number
  tries: number
}

if (cluster.isPrimary) {
  const jobs: Job[] = Array.from({ length: 20 }, (_, n) => ({ n, tries: 0 }))
  const inHand = new Map<number, Job>()
  const results = new Map<number, number>()

  const deal = (worker: Worker) => {
    const job = jobs.shift()
    if (job === undefined) return
    job.tries++
    inHand.set(worker.id, job)
    worker.send({ job })
  }

  for (let i = 0; i < 3; i++) cluster.fork()

  cluster.on('online', deal)
  cluster.on('message', (worker, { n, square }: { n: number; square: number }) => {
    inHand.delete(worker.id)
    results.set(n, square)
    if (results.size === 20) {
      console.log(`all done: ${[...results.values()].toSorted((a, b) => a - b)}`)
      cluster.disconnect()
    } else if (jobs.length > 0) deal(worker)
  })
  cluster.on('exit', (worker, code) => {
    const job = inHand.get(worker.id)
    if (job === undefined) return
    console.log(`worker failed with ${code} at job ${job.n}`)
    inHand.delete(worker.id)
    jobs.push(job)
    cluster.fork()
  })
} else {
  process.on('message', ({ job: { n, tries } }: { job: Job }) => {
    if (n % 7 === 3 && tries === 1) process.exit(n)
    setTimeout(() => process.send!({ n, square: n * n }), 5)
  })
}
