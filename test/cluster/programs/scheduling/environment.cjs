// The policy by NODE_CLUSTER_SCHED_POLICY.
const { execFileSync } = require('node:child_process')
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (process.env.ASKED) {
  console.log(cluster.schedulingPolicy)
} else {
  for (const policy of ['rr', 'none', 'RR', 'other', '']) {
    const env = { ...process.env, ASKED: 'yes', NODE_CLUSTER_SCHED_POLICY: policy }
    trace(`policy '${policy}'`, execFileSync(process.execPath, [__filename], { env, encoding: 'utf8' }))
  }
}
