import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Browser, Page } from 'puppeteer-core'
import { HeadlessBrowser } from '../helpers/browser.js'
import { until } from './example-process.js'
import { StickyProcess } from './sticky-process.js'

/** The page in a browser context of its own: other cookies, other connections. */
class Window {
  readonly page: Page
  /** Whatever the browser complains of. */
  readonly complaints: string[] = []

  private constructor(page: Page) {
    this.page = page
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warn') this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('requestfailed', (request) => this.complaints.push(request.url()))
  }

  static async open(browser: Browser, url: string): Promise<Window> {
    const context = await browser.createBrowserContext()
    const window = new Window(await context.newPage())
    await window.page.goto(url)
    return window
  }

  text(id: string): Promise<string> {
    return this.page.evaluate(`document.getElementById('${id}').textContent`) as Promise<string>
  }

  async say(from: string, text: string): Promise<void> {
    await this.page.locator('#from').fill(from)
    await this.page.locator('#text').fill(text)
    await this.page.locator('button').click()
  }

  async shows(id: string, pattern: RegExp): Promise<void> {
    let shown = ''
    await until(`#${id} shows ${pattern}`, async () => {
      shown = await this.text(id)
      return pattern.test(shown) || undefined
    }).catch((error: Error) => {
      throw new Error(`${error.message}\nIt shows: ${shown}\n${this.complaints.join('\n')}`)
    })
  }
}

describe('the chat example in a browser', () => {
  it('carries what is said in one window to the other', async () => {
    await using chat = await StickyProcess.by('cookie')
    await using headless = await HeadlessBrowser.start()
    const windows = [
      await Window.open(headless.browser, chat.url),
      await Window.open(headless.browser, chat.url),
      await Window.open(headless.browser, chat.url),
    ]
    for (const window of windows) await window.shows('state', /^Worker \d, by websocket$/)

    await windows[0]!.say('Ada', 'hello there')
    for (const window of windows) await window.shows('messages', /^Adahello there$/)
    // Markup is text like any other.
    await windows[1]!.say('Bob', '<b>hi</b>')
    for (const window of windows) {
      await window.shows('messages', /^Adahello thereBob<b>hi<\/b>$/)
      assert.deepEqual(window.complaints, [])
    }
  })

  it('connects again by itself when its worker is killed', async () => {
    await using chat = await StickyProcess.by('cookie')
    await using headless = await HeadlessBrowser.start()
    const window = await Window.open(headless.browser, chat.url)
    await window.shows('state', /^Worker \d, by websocket$/)
    for (const pid of chat.workerPids) process.kill(pid, 'SIGKILL')
    await window.shows('state', /^Connecting again…$/)
    await window.shows('state', /^Worker \d, by /)
    await window.say('Ada', 'back')
    await window.shows('messages', /^Adaback$/)
  })
})
