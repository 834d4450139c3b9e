// The libraries have loaded `node:cluster` before the program imports its own.
// biome-ignore-all assist/source/organizeImports: their order is what is tried.
import * as adapter from '@socket.io/cluster-adapter'
import * as sticky from '@socket.io/sticky'
import cluster from '#cluster'
import { startChat } from './chat-start.mjs'

startChat({ cluster, sticky, adapter })
