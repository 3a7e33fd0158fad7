// The companion of portal pages: says before a session ends and when it has ended, and has customers sign in again in
// another tab, so that this one keeps what they typed. What it promises stands in docs/portal.md. Gzipped it has to fit into
// 2 KiB; blanks and comments are taken out before it is served, names are not, hence the short ones.
{
  const base = new URL(".", document.currentScript.src),
    send = fetch, // the browser's own, before we stand in for it
    tabs = new BroadcastChannel(base),
    queue = []; // refused requests that wait for a sign-in
  let now = {}, // the session, as the service told it last, here or in another tab
    who, // whose page this is
    busy, // the question under way
    timer,
    old, // the session that was not enough for the queue
    via, // where to get one that is
    on, // what the dialog is about
    off; // what it was about when the customer closed it

  const make = (tag, as) => Object.assign(document.createElement(tag), as),
    button = (textContent, onclick) => make("button", { textContent, onclick }),
    free = (ok) => {
      via = 0;
      for (const go of queue.splice(0)) go(ok);
    },
    own = () => now.sub === who && now.active;

  // What the service told.
  const take = (news) => {
      const end = now.idle_expires_at;
      now = news;
      who ??= now.sub;
      if (own() && now.csrf !== old) free(true);
      if (now.idle_expires_at > end) document.dispatchEvent(new Event("portico:extended"));
      plan();
    },
    ask = async (path, how) => {
      const at = Date.now();
      try {
        const news = await (await send(base + path, how)).json();
        if ("active" in news) {
          news.at = at;
          tabs.postMessage(news);
          return take(news);
        }
      } catch {}
      plan(3e4); // no answer is no news
    },
    // A hidden tab asks nobody.
    look = () => document.hidden || (busy ||= ask("session").then(() => (busy = 0)));
  tabs.onmessage = ({ data }) => take(data);

  const title = make("h2"),
    host = make("div"),
    root = host.attachShadow({ mode: "open" }),
    sheet = new CSSStyleSheet(),
    dialog = make("dialog", {
      role: "alertdialog",
      onclose() {
        if (dialog.open) return; // with something else to say
        off = on;
        free();
      },
    });
  sheet.replaceSync(`dialog[open]{display:grid;gap:1rem;width:min(20rem,75vw);padding:2rem;border:1px solid #888;border-radius:1.25rem;color-scheme:light dark;font:1rem/1.5 system-ui}
h2{margin:0;font-variant-numeric:tabular-nums}
a,button{padding:.75rem;border:1px solid #888;border-radius:.75rem;background:none;color:inherit;font:inherit;text-align:center;text-decoration:none}
h2+*{background:#26d;color:#fff}`);
  root.adoptedStyleSheets = [sheet];
  root.append(dialog);

  // Says what there is to say, and comes back when there may be more: after `pause` where that is not known.
  const plan = (pause = 1e3) => {
    const end = now.idle_expires_at,
      // The clock here may be wrong: only what passed since the answer counts.
      left = Math.max(0, (end - now.now) * 1e3 - Date.now() + now.at),
      early = left - Math.min(12e4, now.idle_timeout * 200),
      // Nine are the words of the headings and the buttons below them, the last is their language.
      words = (/^de/i.test(document.documentElement.lang)
        ? "Abmeldung in |Diese Sitzung lässt sich nicht verlängern. Abmeldung in |Sie wurden abgemeldet|Neu anmelden|Jetzt angemeldet als |Neu laden|Angemeldet bleiben|Abmelden|Später|de"
        : "You will be signed out in |This session cannot be extended. You will be signed out in |You have been signed out|Sign in again|You are now signed in as |Reload|Stay signed in|Sign out|Later|en"
      ).split("|"),
      to = new URL(via || now.sign_in, base),
      // Which heading: 0 can be extended, 1 cannot, 2 has ended, 3 is not enough, 4 is somebody else's; 9: none.
      kind = now.active ? (own() ? (queue[0] ? 3 : early > 0 ? 9 : end < now.expires_at ? 0 : 1) : 4) : who ? 2 : queue[0] ? 3 : 9,
      id = kind + "" + end;
    clearTimeout(timer);
    // A timer of more than 24 days would run out at once.
    if (now.active)
      timer = early > 0 ? setTimeout(look, Math.min(early, 1e9)) : left ? setTimeout(plan, 1e3) : setTimeout(look, pause);
    if (kind > 8) off = id;
    if (id === off) {
      on = "";
      return dialog.close();
    }
    title.textContent =
      words[kind] + (kind < 2 ? new Date(left).toISOString().slice(15, 19) : kind > 3 ? now.name : "");
    if (on === id) return;
    on = id;
    to.searchParams.set("return_to", location);
    if (kind === 1) to.searchParams.set("prompt", "login");
    dialog.close();
    dialog.replaceChildren(
      title,
      kind
        ? kind > 3
          ? button(words[5], () => location.reload())
          : make("a", { textContent: words[3], href: to, target: "_blank" })
        : button(words[6], () => ask("session/extend", { method: "POST", headers: { "x-csrf-token": now.csrf } })),
      kind
        ? button(words[8], () => dialog.close())
        : make("a", { textContent: words[7], href: new URL("sign-out", to) }),
    );
    dialog.ariaLabel = title.textContent;
    host.lang = words[9];
    document.documentElement.append(host);
    dialog.showModal();
    dialog.focus(); // not its first button: somebody may be typing
    if (kind > 1) document.dispatchEvent(new Event("portico:expired"));
  };

  const wake = () => (dialog.open || !(Date.now() - now.at < 6e4) ? look() : plan());
  addEventListener("focus", wake);
  addEventListener("visibilitychange", wake);

  // Where the gate refused: true once the same person has signed in again, false when the customer did not want to.
  const gate = async ({ status, url, headers }) => {
      const to = status === 401 && url.startsWith(location.origin + "/") && headers.get("Portico-Sign-In");
      if (!to) return;
      const { csrf } = now;
      await look();
      if (own() && now.csrf !== csrf) return true;
      old = csrf;
      via = to;
      off = "";
      return new Promise((go) => {
        queue.push(go);
        plan();
      });
    },
    { open } = XMLHttpRequest.prototype;
  window.fetch = async (input, init) => {
    const copy = input.clone?.() ?? input, // a request can be sent once
      news = await send(input, init),
      wait = gate(news);
    return !init?.body?.getReader && (await wait) ? send(copy, init) : news;
  };
  XMLHttpRequest.prototype.open = function (...how) {
    this.addEventListener("load", () =>
      gate({ status: this.status, url: this.responseURL, headers: { get: (name) => this.getResponseHeader(name) } }),
    );
    open.apply(this, how);
  };
  look();
}
