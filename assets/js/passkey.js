// Asks the browser for a passkey with the options from Okta and hands the answer in.
const form = document.querySelector('[data-enhance~="passkey"]');

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer ?? [])))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const read = (json) => {
  const options = JSON.parse(json);
  options.challenge = toBytes(options.challenge);
  options.allowCredentials = options.allowCredentials?.map((known) => ({ ...known, id: toBytes(known.id) }));
  return options;
};

if (form) {
  const button = form.querySelector("button");
  const state = form.querySelector("[data-state]");
  const abort = new AbortController();
  const isAble = "PublicKeyCredential" in window;
  button.hidden = !isAble;
  state.textContent = isAble ? "" : form.dataset.unsupported;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.hasAttribute("aria-busy")) return;
    form.setAttribute("aria-busy", "true");
    state.textContent = form.dataset.asking;
    try {
      const publicKey = read(form.dataset.options);
      const { response } = await navigator.credentials.get({ publicKey, signal: abort.signal });
      form.elements.authenticator_data.value = toText(response.authenticatorData);
      form.elements.client_data.value = toText(response.clientDataJSON);
      form.elements.signature.value = toText(response.signature);
      form.elements.user_handle.value = toText(response.userHandle);
      form.submit();
    } catch (error) {
      const isCalm = error.name === "NotAllowedError" || error.name === "AbortError";
      state.textContent = isCalm ? form.dataset.cancelled : form.dataset.failed;
      form.removeAttribute("aria-busy");
    }
  });
  addEventListener("pagehide", () => abort.abort());
}
