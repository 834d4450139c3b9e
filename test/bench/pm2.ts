import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

/** PM2 is no dependency of ours: a bench that compares with it gets the newest, for itself, and takes it away again. */
export class Pm2 implements Disposable {
  readonly version: string
  readonly #folder: string
  readonly #cleanUp = (): void => rmSync(this.#folder, { recursive: true, force: true })

  private constructor(folder: string, version: string) {
    this.#folder = folder
    this.version = version
    process.on('exit', this.#cleanUp)
    // Its peer looks there.
    process.env.BENCH_PM2 = folder
  }

  static async install(): Promise<Pm2> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'manifold-pm2-'))
    try {
      mkdirSync(path.join(folder, 'home'))
      const flags = ['--no-audit', '--no-fund', '--no-save', '--no-package-lock', '--omit=optional']
      await promisify(execFile)('npm', ['install', 'pm2@latest', '--prefix', folder, ...flags])
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['-p', `require('${folder}/node_modules/pm2/package.json').version`],
        { encoding: 'utf8' },
      )
      return new Pm2(folder, stdout.trim())
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#cleanUp)
    this.#cleanUp()
  }
}
