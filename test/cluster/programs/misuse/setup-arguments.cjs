// What `setupPrimary` takes for settings.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

for (const value of [undefined, null, 5, 'text', ['a'], () => {}, { args: null }]) {
  trace.call(String(value), () => cluster.setupPrimary(value))
  trace('settings', cluster.settings)
}
