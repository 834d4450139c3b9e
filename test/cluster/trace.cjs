// How a program of the conformance suite writes down what it observes: one line per call, with the process that wrote it,
// to a file of its own, so that what becomes of the outputs of a worker can be observed too. What is different in every run
// has a name instead: a port that is met for the first time in a process is `port 1`, the next `port 2`.

const { appendFileSync } = require('node:fs')
const { inspect } = require('node:util')

const file = process.env.TRACE
const ports = new Map()
let given

/** Whose trace it is: `primary`, `worker 1`, or what `trace.as` was given. */
function self() {
  if (given !== undefined) return given
  const cluster = require('node:cluster')
  return cluster.isWorker ? `worker ${cluster.worker.id}` : 'primary'
}

function portName(port) {
  if (!ports.has(port)) ports.set(port, `port ${ports.size + 1}`)
  return ports.get(port)
}

/** Ports that are in a text, or in a value that was made one: after a colon, or as a property `port`. */
function withPortNames(text) {
  return text.replace(/(\bport: '?|(?<=[\w.\]*]):)(\d{4,5})\b/g, (_, before, port) => {
    return `${before}${portName(Number(port))}`
  })
}

function errorText(error) {
  const { name, message, stack: _, cause: __, ...fields } = error
  const more =
    Object.keys(fields).length > 0 ? ` ${inspect(fields, { breakLength: Infinity, compact: true })}` : ''
  return `[${name}: ${message}${more}]`
}

const named = {
  Worker: (worker) => `<Worker ${worker.id}>`,
  ChildProcess: () => '<ChildProcess>',
  Socket: () => '<Socket>',
  Server: () => '<Server>',
  process: () => '<process>',
}

function text(value) {
  if (typeof value === 'string') return inspect(value)
  if (typeof value === 'function') return '<function>'
  if (Error.isError?.(value) || value instanceof Error) return errorText(value)
  const name = named[value?.constructor?.name]
  return name === undefined ? inspect(value, { breakLength: Infinity, compact: true, depth: 5 }) : name(value)
}

/** Writes one line: what happened, and the values that came with it. */
function trace(what, ...values) {
  const line = [what, ...values.map(text)].join(' ')
  appendFileSync(file, `${self()}\t${withPortNames(line).replaceAll('\n', '\\n')}\n`)
}

/** Traces each of these events of an emitter, with its arguments. */
trace.events = (emitter, name, events) => {
  for (const event of events) emitter.on(event, (...values) => trace(`${name} ${event}`, ...values))
}

/** Traces what a function returns or throws. */
trace.call = (what, act) => {
  let result
  try {
    result = act()
  } catch (error) {
    trace(`${what} throws`, error)
    return undefined
  }
  trace(`${what} returns`, result)
  return result
}

/** For a process that is neither the primary nor one of its workers. */
trace.as = (name) => {
  given = name
}

trace.port = portName

module.exports = trace
