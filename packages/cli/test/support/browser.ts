import { accessSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** Milliseconds: longer than anything here takes. */
export const patience = 60_000

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

  /** A page of the view that is served at `url`, when it has what it reads. */
  async view(url: string, path = '', options?: BrowserContextOptions): Promise<Page> {
    const page = await this.page(options)
    await page.goto(`${url}#/${path}`)
    await page.locator('main h2').first().waitFor()
    return page
  }

  async close(): Promise<void> {
    await this.#browser.close()
  }
}

/** Waits for a text in a page. */
export async function shows(page: Page, text: string | RegExp): Promise<void> {
  await page.getByText(text).first().waitFor({ timeout: patience })
}

/** What axe finds that keeps people from using a page. */
export async function barriers(page: Page): Promise<string[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  // Not as an element of the page, which lets no foreign script in.
  const found = await page.evaluate(`${axe};\naxe.run(document, { resultTypes: ['violations'] })`)
  const { violations } = found as { violations: { id: string; impact: string; nodes: { html: string }[] }[] }
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html).join(' ')}`)
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
