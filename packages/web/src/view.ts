import { Hono } from 'hono'
import { headers, ownHost, ownRequests, tokenAccess } from './http/access.ts'
import { apiRoutes } from './http/api-routes.ts'
import { assets } from './http/assets.ts'
import { viewPage } from './http/pages.ts'
import { TokenCheck } from './http/token.ts'
import { LiveSpace } from './live/live-space.ts'
import type { ViewSource, ViewSpace } from './source.ts'

/** Who may look. */
export interface WebViewOptions {
  /** What has to be shown. Default: nothing, which is for servers that listen on loopback only. */
  readonly token?: string | undefined
  /** Whether a request may name any host: where the server itself knows who asks. Default: false, unless there is a token. */
  readonly anyHost?: boolean | undefined
}

/**
 * A web view of tables, to be served alone or as a part of a server, behind what that serves itself:
 * `app.route('/', view.app)`. Nothing can be changed by it.
 */
export class WebView implements AsyncDisposable, Disposable {
  /** Pages, what they load, and the API. */
  readonly app = new Hono()
  readonly #source: ViewSource
  readonly #live = new Map<ViewSpace, LiveSpace>()
  #isClosed = false

  constructor(source: ViewSource, { token, anyHost = token !== undefined }: WebViewOptions = {}) {
    this.#source = source
    const { app } = this
    app.use(headers, ownRequests)
    if (!anyHost) app.use(ownHost)
    if (token !== undefined) app.route('/', tokenAccess(new TokenCheck(token)))
    app.get('/', (context) => context.html(viewPage()))
    app.route('/', assets())
    app.use('/api/*', async (context, next) => {
      if (this.#isClosed) return context.json({ error: 'the view is closed' }, 503)
      return await next()
    })
    app.route('/api', apiRoutes({ source, spaces: () => this.#spaces() }))
  }

  /** Counts changes from now on. Otherwise the view begins when somebody looks. */
  start(): void {
    this.#spaces()
  }

  /** Idempotent. Ends all streams of changes. From then on the API answers 503. The tables stay open. */
  close(): void {
    this.#isClosed = true
    for (const live of this.#live.values()) live.close()
    this.#live.clear()
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** Those of the source, each followed from when it is seen first. */
  #spaces(): Map<string, LiveSpace> {
    const { spaces } = this.#source
    for (const [space, live] of this.#live) {
      if (spaces.includes(space)) continue
      live.close()
      this.#live.delete(space)
    }
    return new Map(
      spaces.map((space) => {
        const live = this.#live.get(space) ?? new LiveSpace(space)
        this.#live.set(space, live)
        return [space.name, live]
      }),
    )
  }
}
