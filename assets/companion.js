// The companion of portal pages. It says before a session ends and when it has ended, and has customers sign in again in
// another tab, so that this one keeps what they typed. What it promises stands in docs/portal.md.
//
// It is served shortened (src/web/api/companion/shorten.rs): without comments and blanks, and with short names for those
// that are declared here. Compressed it has to fit into 2 KiB. Regular expressions, divisions and templates with
// substitutions are more than the shortener reads.
{
  const base = new URL(".", document.currentScript.src);
  // The browser's own: below, another one takes its place.
  const send = fetch;
  // The tabs of this browser tell each other what the service told one of them.
  const tabs = new BroadcastChannel(base);
  // The words in every language, the default first; the service puts them here, and the stylesheet below.
  const languages = "{words}";

  // The session as the service described it last, and when it was asked (`at`).
  let session = {};
  // The user whose page this is.
  let owner;
  // The question to the service that has no answer yet.
  let question;
  let timer;
  // What is called for each request that was refused, once it is known whether to send it again.
  let refused = [];
  // The CSRF token of the session that these were refused with, and where to get a better session.
  let refusedToken;
  let refusedSignIn;
  // What the dialog is about, and what it was about when the customer closed it.
  let subject;
  let dismissed;

  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const makeButton = (textContent, onclick) => make("button", { textContent, onclick });
  const makeLink = (textContent, href) => make("a", { textContent, href });
  const dispatch = (event) => document.dispatchEvent(new Event(event));

  const isOwn = () => session.sub === owner && session.active;

  const release = (isSignedIn) => {
    for (const resume of refused) resume(isSignedIn);
    refused = [];
    refusedSignIn = null;
  };

  const learn = (answer) => {
    const end = session.idle_expires_at;
    session = answer;
    owner ??= session.sub;
    if (isOwn() && session.csrf !== refusedToken) release(true);
    if (session.idle_expires_at > end) dispatch("portico:extended");
    update();
  };

  const ask = async (path, options) => {
    const at = Date.now();
    try {
      const response = await send(base + path, options);
      const answer = await response.json();
      if ("active" in answer) {
        answer.at = at;
        tabs.postMessage(answer);
        return learn(answer);
      }
    } catch {}
    // Without an answer nothing is known to have changed.
    update(30000);
  };

  const extend = () => ask("session/extend", { method: "POST", headers: { "x-csrf-token": session.csrf } });

  const refresh = () => {
    // A hidden tab asks nothing: there is nobody to tell.
    if (document.hidden) return;
    question ??= ask("session").then(() => (question = null));
    return question;
  };

  tabs.onmessage = ({ data }) => learn(data);

  const title = make("h2");
  const host = make("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  const dialog = make("dialog", {
    role: "alertdialog",
    onclose: () => {
      // It was closed and is open again, with something else to say.
      if (dialog.open) return;
      dismissed = subject;
      release(false);
    },
  });
  sheet.replaceSync("{styles}");
  root.adoptedStyleSheets = [sheet];
  root.append(dialog);

  // The name of the heading that fits, or nothing.
  const findHeading = (isEarly) => {
    if (!session.active) return owner ? "ended" : refused[0] && "sign_in";
    if (session.sub !== owner) return "other";
    if (refused[0]) return "sign_in";
    if (isEarly) return;
    return session.idle_expires_at < session.expires_at ? "ending" : "at_limit";
  };

  // Shows what there is to say, and plans when to look again: after `pause` if the session should have ended by now.
  const update = (pause = 1000) => {
    const end = session.idle_expires_at;
    // The clock of this machine may be wrong: only what has passed since the answer counts.
    const left = Math.max(0, (end - session.now) * 1000 - Date.now() + session.at);
    const early = left - Math.min(120000, session.idle_timeout * 200);
    const heading = findHeading(early > 0);

    clearTimeout(timer);
    if (session.active) {
      // A timer of more than 24 days would run out at once.
      if (early > 0) timer = setTimeout(refresh, Math.min(early, 1e9));
      else if (left) timer = setTimeout(update, 1000);
      else timer = setTimeout(refresh, pause);
    }

    const next = heading + "" + end;
    if (!heading) dismissed = next;
    if (next === dismissed) {
      subject = null;
      return dialog.close();
    }

    const page = document.documentElement;
    const words = languages.find(({ lang }) => page.matches(":lang(" + lang + ")")) ?? languages[0];
    const describe = () => (heading === "other" ? session.name : new Date(left).toISOString().slice(15, 19));
    title.textContent = words[heading].replace("{}", describe);
    if (next === subject) return;
    subject = next;

    const signIn = new URL(refusedSignIn ?? session.sign_in, base);
    signIn.searchParams.set("return_to", location);
    // A session that lasts as long as it may has to be followed by another one.
    if (heading === "at_limit") signIn.searchParams.set("prompt", "login");
    let actions = [makeLink(words.sign_in, signIn), makeButton(words.later, () => dialog.close())];
    actions[0].target = "_blank";
    if (heading === "other") actions[0] = makeButton(words.reload, () => location.reload());
    if (heading === "ending")
      actions = [makeButton(words.stay, extend), makeLink(words.sign_out, new URL("sign-out", signIn))];
    dialog.close();
    dialog.replaceChildren(title, ...actions);
    dialog.ariaLabel = title.textContent;
    host.lang = words.lang;
    page.append(host);
    dialog.showModal();
    // Not its first button, which the next key would press: the customer may be typing.
    dialog.focus();
    if (refused[0] || !isOwn()) dispatch("portico:expired");
  };

  const wake = () => {
    const isKnown = Date.now() - session.at < 60000;
    if (dialog.open || !isKnown) refresh();
    else update();
  };
  addEventListener("focus", wake);
  addEventListener("visibilitychange", wake);

  // For an answer of the gate that refuses: resolves to whether the same user has signed in again.
  const isSignedInAgain = async (response, url, getHeader) => {
    const isOurs = response.status === 401 && url.startsWith(location.origin + "/");
    const address = isOurs && getHeader("Portico-Sign-In");
    if (!address) return;
    const token = session.csrf;
    await refresh();
    // Another tab was faster.
    if (isOwn() && session.csrf !== token) return true;
    refusedToken = token;
    refusedSignIn = address;
    dismissed = null;
    return new Promise((resume) => {
      refused.push(resume);
      update();
    });
  };

  window.fetch = async (input, options) => {
    // A request can be sent once, its copy a second time.
    const copy = input.clone?.() ?? input;
    const response = await send(input, options);
    const isToBeSentAgain = isSignedInAgain(response, response.url, (name) => response.headers.get(name));
    // A stream has been read.
    if (options?.body?.getReader) return response;
    return (await isToBeSentAgain) ? send(copy, options) : response;
  };

  const request = XMLHttpRequest.prototype;
  const open = request.open;
  request.open = function () {
    this.addEventListener("load", () => {
      isSignedInAgain(this, this.responseURL, (name) => this.getResponseHeader(name));
    });
    open.apply(this, arguments);
  };

  refresh();
}
