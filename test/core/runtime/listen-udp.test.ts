import { sameAsBareNode } from './listen-hosts.js'

// Datagrams are not accepted: every policy comes down to one shared socket, of which one run is enough.
sameAsBareNode('udpForms', { policies: ['round-robin'] })
sameAsBareNode('udpLife', { policies: ['round-robin'] })
