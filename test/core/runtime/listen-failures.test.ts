import { sameAsBareNode } from './listen-hosts.js'

sameAsBareNode('netFailures')
