const INSPECT = /^--inspect(?:-brk|-wait|-port)?(?:=|$)|^--debug-port(?:=|$)/

let workersInspected = 0

/**
 * A master that is inspected, or asked to have its workers inspected, would have them all open the same port. Each
 * worker gets the next one, as in Node's cluster; with port 0 the system chooses, and nothing needs to be done.
 */
export function inspectorArguments(execArgv: readonly string[], debugPort = process.debugPort): string[] {
  if (!execArgv.some((argument) => INSPECT.test(argument))) return []
  if (execArgv.some((argument) => INSPECT.test(argument) && /[=:]0$/.test(argument))) return []
  workersInspected++
  return [`--inspect-port=${nextPort(debugPort, workersInspected)}`]
}

/**
 * The same for a worker as those of `node:cluster`: its port may be chosen, by a function too, and 0 has no meaning of its
 * own. https://nodejs.org/api/cluster.html#clustersettings
 *
 * @throws {RangeError} `ERR_SOCKET_BAD_PORT` as Node does, which also looks at one that is of no use.
 */
export function clusterInspectorArguments(
  execArgv: readonly string[],
  inspectPort: number | (() => number) | null | undefined,
): string[] {
  if (inspectPort === null) refuse(inspectPort)
  const isInspected = [...execArgv, process.env.NODE_OPTIONS ?? ''].some((argument) =>
    /--inspect|--debug-port/.test(argument),
  )
  if (!isInspected) return []
  const next = () => nextPort(process.debugPort, ++workersInspected)
  const port = typeof inspectPort === 'function' ? inspectPort() : (inspectPort ?? next())
  if (!isPort(port)) refuse(port)
  return [`--inspect-port=${port}`]
}

function isPort(port: unknown): boolean {
  const isText = typeof port === 'string' && port.trim() !== ''
  return (typeof port === 'number' || isText) && Number(port) === Number(port) >>> 0 && Number(port) <= 65_535
}

/** Has Node say in its own words what is wrong with a port. Loaded only then: masters have no other use for it. */
function refuse(port: unknown): void {
  process.getBuiltinModule('node:dns').lookupService('127.0.0.1', port as number, () => {})
}

function nextPort(first: number, offset: number): number {
  const [lowest, highest] = [1_024, 65_535]
  const port = first + offset
  return port <= highest ? port : lowest + ((port - lowest) % (highest - lowest + 1))
}
