// What `#cluster` is for the compiler, whichever it is when it runs.
import cluster from 'node:cluster'

export default cluster
