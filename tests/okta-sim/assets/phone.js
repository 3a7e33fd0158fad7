// Keeps the phone live, lets the authenticator tick, and creates passkeys.
const screen = document.querySelector("[data-live]");

async function refresh() {
  const answer = await fetch(`${screen.dataset.live}/live`, { cache: "no-store" });
  if (answer.ok) screen.innerHTML = await answer.text();
}

function tick() {
  const bar = screen.querySelector("[data-left]");
  if (!bar) return;
  bar.value -= 1;
  screen.querySelector("[data-seconds]").textContent = bar.value;
  if (bar.value <= 0) refresh();
}

if (screen) {
  const changes = new EventSource(`${screen.dataset.live}/events`);
  changes.addEventListener("change", refresh);
  changes.addEventListener("open", refresh);
  setInterval(tick, 1000);
}

// Answers without leaving the page; the stream then shows what became of it.
screen?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  for (const button of screen.querySelectorAll("button")) button.disabled = true;
  await fetch(form.action, { method: "POST", body });
  await refresh();
});

const base64url = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function createPasskey({ login, user, name, rp }) {
  const credential = await navigator.credentials.create({
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      rp: { id: rp, name: "okta-sim" },
      user: { id: new TextEncoder().encode(user), name: login, displayName: name },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -257 }],
      authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
      attestation: "none",
    },
  });
  return fetch(`/phone/${login}/passkeys`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ attestation_object: base64url(credential.response.attestationObject) }),
  });
}

const create = document.querySelector("[data-passkey]");
if (create && window.PublicKeyCredential) {
  const says = document.querySelector("[data-passkey-says]");
  create.hidden = false;
  create.addEventListener("click", async () => {
    try {
      const answer = await createPasskey(create.dataset);
      says.textContent = answer.ok ? "The passkey is ready." : "The org did not take this passkey.";
    } catch {
      says.textContent = `No passkey was created. This page must be open on ${create.dataset.rp}.`;
    }
  });
}
