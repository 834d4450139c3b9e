import { type Debugger, type InspectorNotification, Session } from 'node:inspector'

/** Innermost first; what called the outermost of them is left out. */
const MAX_FRAMES = 50
/** JavaScript answers within some 20 ms, with all its scripts; what takes longer is not in it. */
const ANSWER_MS = 500
/** A stack that is thousands of calls deep takes half a second to describe. */
const PAUSE_MS = 3_000

/** What comes from the main thread may not wake one that sleeps; and the main thread waits meanwhile. */
const AWAKE_MS = 10

const NO_JAVASCRIPT =
  'it is not in JavaScript: a synchronous call of the system or of an addon, or a collection of garbage'
const DEBUGGED = 'a debugger holds it'

/** One of the files that run. */
export interface Script {
  readonly url: string
  readonly isModule: boolean
  /** Undefined if it has none. A map that the script itself contains is left out: there may be thousands. */
  readonly sourceMapUrl: string | undefined
  /** Of one that contains its map. */
  source?: string
}

export interface Frame {
  readonly functionName: string
  readonly script: Script
  /** From 0 on, as is the column. */
  readonly line: number
  readonly column: number
}

/** What stands in place of a map's URL if the script contains it. */
export const INLINE = 'data:'

/**
 * What the main thread runs now, or why that cannot be told. The inspector pauses it for that, for a moment, and opens no
 * port. Whatever comes of it, the session is ended: that takes back a pause that has not come about, and ends one that has.
 */
export function framesOfMainThread(): Promise<readonly Frame[] | string> {
  return new Promise((resolve) => {
    const session = new Session()
    const scripts = new Map<string, Script>()
    let asked = false
    let settled = false

    const settle = (found: readonly Frame[] | string) => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      clearInterval(awake)
      session.disconnect()
      resolve(found)
    }
    let timer = setTimeout(settle, ANSWER_MS, NO_JAVASCRIPT)
    const awake = setInterval(() => {}, AWAKE_MS)

    session.on('Debugger.scriptParsed', ({ params }) => {
      const { scriptId, url, isModule = false, sourceMapURL: map } = params
      const sourceMapUrl = map?.startsWith(INLINE) ? INLINE : map || undefined
      scripts.set(scriptId, { url, isModule, sourceMapUrl })
    })
    session.on('Debugger.paused', (notification) => {
      if (settled) return
      // Whoever debugs it holds it up.
      if (!asked) return settle(DEBUGGED)
      const frames = framesOf(notification, scripts)
      // Whether it answers or not, it is not held any longer than that.
      clearTimeout(timer)
      timer = setTimeout(settle, ANSWER_MS, frames)
      for (const [scriptId, script] of scripts) {
        if (script.sourceMapUrl !== INLINE || !frames.some((frame) => frame.script === script)) continue
        session.post('Debugger.getScriptSource', { scriptId }, (error, source) => {
          if (!error) script.source = source.scriptSource
        })
      }
      session.post('Debugger.resume', () => settle(frames))
    })
    session.connectToMainThread()
    session.post('Debugger.enable', (error) => {
      if (settled) return
      if (error) return settle(error.message)
      // Asked for only now: nobody takes back a pause that the system holds up for ever.
      asked = true
      clearTimeout(timer)
      timer = setTimeout(settle, PAUSE_MS, NO_JAVASCRIPT)
      session.post('Debugger.pause')
    })
  })
}

function framesOf(
  { params }: InspectorNotification<Debugger.PausedEventDataType>,
  scripts: ReadonlyMap<string, Script>,
): Frame[] {
  return params.callFrames.slice(0, MAX_FRAMES).map(({ functionName, location, url }) => ({
    functionName,
    script: scripts.get(location.scriptId) ?? { url, isModule: false, sourceMapUrl: undefined },
    line: location.lineNumber,
    column: location.columnNumber ?? 0,
  }))
}
