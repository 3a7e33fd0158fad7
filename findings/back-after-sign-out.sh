#!/bin/sh
# Does Chromium show a page again on Back after the customer has signed out, without asking the server?
#
# One would guess: no, if the page was sent with `Cache-Control: no-store`; and no, if the answer to the sign-out has
#   `Clear-Site-Data: "cache"` or "*", because references count the back/forward cache among what that header may empty.
# So it is: a no-store page comes back as it was left, unless the answer in between wrote a cookie that is sent with that page.
#   Any such cookie will do, even one of another name or with the value that it has already, and so will deleting it by
#   `Max-Age=0`. A cookie of another path or another host does not count, and a page without no-store comes back in any case.
#   `Clear-Site-Data` deletes storage and cookies as asked, and still the page comes back, even with "*".
# What follows: a sign-out protects pages of its own host by deleting the session cookie, and by nothing else. A portal on
#   another host than its sign-in service, and every page left behind by a session that was ended elsewhere (by an
#   administrator, or a logout token), has to look again on `pageshow` with `persisted`.
#
# Needs Node 20 with npm, and Debian's chromium, which it installs with apt if it is missing. Exits non-zero when a page is
# shown or not shown otherwise.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
command -v chromium >/dev/null || apt-get install -qq --yes --no-install-recommends chromium >/dev/null
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
npm install --silent --no-fund --no-audit playwright-core@1.64.1

cat >back.mjs <<'END'
import http from 'node:http';
import { chromium } from 'playwright-core';

const noStore = { 'Cache-Control': 'no-store' };
// What the page is sent with, what the answer after it is sent with, and whether Back shows the page as it was left.
const cases = [
  ['no header at all', {}, {}, true],
  ['no-store', noStore, {}, true],
  ['no-store, session cookie deleted', noStore, { 'Set-Cookie': 'session=; Path=/; HttpOnly; Max-Age=0' }, false],
  ['no-store, session cookie set as it is', noStore, { 'Set-Cookie': 'session=1; Path=/; HttpOnly' }, false],
  ['no-store, another cookie set', noStore, { 'Set-Cookie': 'language=de; Path=/' }, false],
  ['no-store, cookie of another path set', noStore, { 'Set-Cookie': 'session=2; Path=/elsewhere; HttpOnly' }, true],
  ['no-store, cookie of another host deleted', noStore, { 'Set-Cookie': 'session=; Path=/; HttpOnly; Max-Age=0' }, true, 'login.localhost'],
  ['no-store, Clear-Site-Data: "cache"', noStore, { 'Clear-Site-Data': '"cache"' }, true],
  ['no-store, Clear-Site-Data: "storage"', noStore, { 'Clear-Site-Data': '"storage"' }, true],
  ['session cookie deleted', {}, { 'Set-Cookie': 'session=; Path=/; HttpOnly; Max-Age=0' }, true],
  ['Clear-Site-Data: "*"', {}, { 'Clear-Site-Data': '"*"' }, true],
];

let page, answer, told;
const server = http.createServer((request, response) => {
  if (request.url.startsWith('/shown')) {
    told(request.url === '/shown?true');
    return response.end();
  }
  response.setHeader('Content-Type', 'text/html');
  const headers = { '/sign-in': { 'Set-Cookie': 'session=1; Path=/; HttpOnly' }, '/account': page, '/sign-out': answer };
  for (const [name, value] of Object.entries(headers[request.url] ?? {})) response.setHeader(name, value);
  response.end(request.url === '/account'
    ? "<script>addEventListener('pageshow', (event) => navigator.sendBeacon('/shown?' + event.persisted))</script>"
    : 'a page');
});
await new Promise((listens) => server.listen(0, '127.0.0.1', listens));
const at = (host, path) => `http://${host}:${server.address().port}${path}`;
const shown = () => new Promise((resolve, reject) => {
  told = resolve;
  setTimeout(() => reject(new Error('the page was not shown')), 20_000).unref();
});

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  // Playwright switches the back/forward cache off.
  ignoreDefaultArgs: ['--disable-back-forward-cache'],
  args: ['--no-sandbox', '--disable-background-networking'],
});
console.log(`Chromium ${browser.version()}, playwright-core 1.64.1`);
let asExpected = true;
for (const [name, ...rest] of cases) {
  let expected, host;
  [page, answer, expected, host = 'portal.localhost'] = rest;
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(at('portal.localhost', '/sign-in'));
  if (host !== 'portal.localhost') await tab.goto(at(host, '/sign-in'));
  let look = shown();
  await tab.goto(at('portal.localhost', '/account'));
  await look;
  await tab.evaluate(() => localStorage.setItem('kept', 'yes'));
  await tab.goto(at(host, '/sign-out'));
  // Whether the header was obeyed at all.
  const clears = /storage|\*/.test(answer['Clear-Site-Data'] ?? '');
  if (host === 'portal.localhost' && (await tab.evaluate(() => localStorage.getItem('kept')) === null) !== clears) asExpected = false;
  look = shown();
  // A page that comes back from that cache ends no navigation that Playwright could wait for.
  await tab.evaluate(() => { history.back(); });
  const persisted = await look;
  console.log(`${name}: ${persisted ? 'shown as it was left' : 'asked for again'}`);
  if (persisted !== expected) asExpected = false;
  await context.close();
}
await browser.close();
server.close();
process.exit(asExpected ? 0 : 1);
END
node back.mjs
