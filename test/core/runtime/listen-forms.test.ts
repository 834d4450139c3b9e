import { sameAsBareNode } from './listen-hosts.js'

sameAsBareNode('netForms')
sameAsBareNode('netHandles')
