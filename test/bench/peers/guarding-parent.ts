import { guard } from '@manifold/health/guardian'

/** Its master is the argument. */
await guard(process.argv[2]!, { name: `bench ${process.pid}`, execArgv: [] })
