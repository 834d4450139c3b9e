import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type Browser, launch } from 'puppeteer-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** A headless Chromium with a profile of its own, which is gone with it. */
export class HeadlessBrowser {
  readonly browser: Browser
  readonly #profile: string

  private constructor(browser: Browser, profile: string) {
    this.browser = browser
    this.#profile = profile
  }

  /** Fails where there is no browser, and says how to get one. */
  static async start(): Promise<HeadlessBrowser> {
    const executablePath = findBrowser()
    const profile = await mkdtemp(join(tmpdir(), 'manifold-browser-'))
    try {
      const browser = await launch({
        executablePath,
        userDataDir: profile,
        // Nothing of it outside of the profile, no port to drive it by.
        env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
        pipe: true,
        // Its sandbox does not work as root nor in most containers, and it shows our own pages only; /dev/shm is tiny there.
        args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-crash-reporter'],
      })
      return new HeadlessBrowser(browser, profile)
    } catch (error) {
      await rm(profile, REMOVE)
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close()
    await rm(this.#profile, REMOVE)
  }
}

// The last of its processes may still write when the first is gone.
const REMOVE = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 } as const

function findBrowser(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  const found = candidates.find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new Error(
    `No browser on the PATH (${NAMES.join(', ')}), and this test needs one. ` +
      `On Debian: apt-get install --no-install-recommends chromium`,
  )
}
