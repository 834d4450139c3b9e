import { sameAsBareNode } from './listen-hosts.js'

sameAsBareNode('httpForms')
