/** The telemetry example as a process, and where it listens. */

import { ExampleProcess } from './example-process.js'

export interface Address {
  host: string
  port: number
}

export class TelemetryProcess extends ExampleProcess {
  constructor(...flags: string[]) {
    super('telemetry', flags)
  }

  /** Starts it on free ports and waits until it has said what listens where, and what to try. */
  static async listening(...flags: string[]): Promise<TelemetryProcess> {
    const ports = ['--http', '--statsd-udp', '--statsd-tcp', '--admin', '--health'].flatMap((flag) => [
      flag,
      '0',
    ])
    const telemetry = new TelemetryProcess(...ports, '--host', '127.0.0.1', ...flags)
    await telemetry.started(/Ctrl-C to stop/)
    return telemetry
  }

  address(group: string, socket: string): Address {
    const printed = new RegExp(`^  ${group} +${socket} +\\w+ +(\\S+):(\\d+)$`, 'm').exec(this.stdout)
    if (printed === null) throw new Error(`It does not say where ${group}.${socket} listens:\n${this.stdout}`)
    return { host: printed[1]!, port: Number(printed[2]) }
  }

  url(group: string, path: string): string {
    const { host, port } = this.address(group, 'http')
    return `http://${host}:${port}${path}`
  }

  /** What all workers together have counted by this name, as far as they have flushed it. */
  counted(name: string): number {
    const flushes = this.stdout.matchAll(new RegExp(`^ingest/\\d+ +counter +${name} +(\\S+) `, 'gm'))
    return [...flushes].reduce((sum, [, count]) => sum + Number(count), 0)
  }
}
