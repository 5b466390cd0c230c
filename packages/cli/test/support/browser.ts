import { accessSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** Debian's Chromium, in which pages are looked at. What a page complains of is gathered. */
export class Pages {
  readonly complaints: string[] = []
  readonly #browser: Browser

  private constructor(browser: Browser) {
    this.#browser = browser
  }

  static async open(): Promise<Pages> {
    // It is root's in the namespaces of a test, where the sandbox of Chromium has no room.
    return new Pages(await chromium.launch({ executablePath: commandPath('chromium'), args: ['--no-sandbox'] }))
  }

  /** A page in a window of its own, with cookies of its own. */
  async page(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
    const page = await context.newPage()
    page.on('pageerror', ({ message }) => this.complaints.push(message))
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
    return page
  }

  async close(): Promise<void> {
    await this.#browser.close()
  }
}

function commandPath(name: string): string {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  const found = candidates.find((file) => {
    try {
      accessSync(file)
      return true
    } catch {
      return false
    }
  })
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}
