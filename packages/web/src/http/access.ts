import type { MiddlewareHandler } from 'hono'
import { Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { secureHeaders } from 'hono/secure-headers'
import { isOwnHost } from './hosts.ts'
import { loginPage } from './pages.ts'
import type { TokenCheck } from './token.ts'

const cookie = 'rtnl-view'
/** Milliseconds that a wrong token costs. */
const penalty = 500

/** A page may load nothing from elsewhere, and nobody may put it into a frame. */
export const headers: MiddlewareHandler = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ['data:'],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
  referrerPolicy: 'no-referrer',
  // It is served on plain HTTP too, and promises nothing about other services of the machine.
  strictTransportSecurity: false,
})

/** Refuses what only a page of somebody else asks for. */
export const ownRequests: MiddlewareHandler = async (context, next) => {
  if (!['GET', 'HEAD', 'POST'].includes(context.req.method)) return context.text('read only\n', 405)
  // A link to the view may be anywhere.
  const isCrossSite = context.req.header('sec-fetch-site') === 'cross-site'
  if (isCrossSite && context.req.header('sec-fetch-mode') !== 'navigate')
    return context.text('not for other sites\n', 403)
  return await next()
}

/** Refuses requests that name another host. */
export const ownHost: MiddlewareHandler = async (context, next) => {
  if (isOwnHost(context.req.header('host'))) return await next()
  return context.text('this is not the host that the request names\n', 421)
}

/** Lets in whoever shows the token: as `Authorization: Bearer`, or on the page that asks for it. */
export function tokenAccess(check: TokenCheck): Hono {
  const app = new Hono()
  app.post('/login', async (context) => {
    const { token } = await context.req.parseBody()
    if (typeof token !== 'string' || !check.isToken(token.trim())) {
      await new Promise((resolve) => setTimeout(resolve, penalty))
      return context.html(loginPage('This is not the token.'), 403)
    }
    const secure = new URL(context.req.url).protocol === 'https:'
    setCookie(context, cookie, check.begin(), { httpOnly: true, sameSite: 'Strict', secure, path: '/' })
    return context.redirect('./')
  })
  app.use(async (context, next) => {
    const [, bearer] = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '') ?? []
    const session = getCookie(context, cookie)
    if (bearer !== undefined && check.isToken(bearer)) return await next()
    if (session !== undefined && check.isSession(session)) return await next()
    // What the page that asks for the token looks like is no secret.
    if (context.req.path.endsWith('/client.css')) return await next()
    if (context.req.header('accept')?.includes('text/html')) return context.html(loginPage(), 401)
    return context.text('a token is needed: Authorization: Bearer TOKEN\n', 401, { 'www-authenticate': 'Bearer' })
  })
  return app
}
