import { html } from 'hono/html'

type Page = ReturnType<typeof html>

function page(body: Page, script: Page | string): Page {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>rtnl</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="client.css">
    ${script}
  </head>
  <body>
    ${body}
  </body>
</html>
`
}

/** The page in which the client shows everything. */
export function viewPage(): Page {
  return page(
    html`<div id="view"></div>
    <noscript>The view needs JavaScript. All that it shows is also at <a href="api/tables">api/tables</a>, as JSON.</noscript>`,
    html`<script type="module" src="client.js"></script>`,
  )
}

/** The page that asks for the token. */
export function loginPage(error = ''): Page {
  return page(
    html`<main class="login">
      <h1>rtnl</h1>
      <form method="post" action="login">
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
        <button>Open</button>
        <p role="alert">${error}</p>
      </form>
    </main>`,
    '',
  )
}
