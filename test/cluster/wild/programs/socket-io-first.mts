// The cluster is imported before the libraries, which load it when they are loaded.
// biome-ignore-all assist/source/organizeImports: their order is what is tried.
import cluster from '#cluster'
import * as adapter from '@socket.io/cluster-adapter'
import * as sticky from '@socket.io/sticky'
import { startChat } from './chat-start.mjs'

startChat({ cluster, sticky, adapter })
