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

function nextPort(first: number, offset: number): number {
  const [lowest, highest] = [1_024, 65_535]
  const port = first + offset
  return port <= highest ? port : lowest + ((port - lowest) % (highest - lowest + 1))
}
