import { policies, sameAsBareNode } from './listen-hosts.js'

sameAsBareNode('netLife')

// Round-robin drops no connections: it spares a full worker (see listen-group). Up to Node 20, 0 was no limit at all.
const dropping = policies.filter((policy) => policy !== 'round-robin')
const zeroIsALimit = Number(process.versions.node.split('.')[0]) > 20
sameAsBareNode('netLimits', { policies: dropping })
sameAsBareNode('netNoLimit', { policies: zeroIsALimit ? dropping : policies })
