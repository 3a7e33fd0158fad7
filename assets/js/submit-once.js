// A double click sends a form once. The button stays enabled, so its own value is sent along.
const forms = document.querySelectorAll('[data-enhance~="submit-once"]');
const release = (form) => form.removeAttribute("aria-busy");

for (const form of forms) {
  form.addEventListener("submit", (event) => {
    if (form.hasAttribute("aria-busy")) {
      event.preventDefault();
      return;
    }
    form.setAttribute("aria-busy", "true");
    setTimeout(release, 8000, form); // whoever stopped the loading page can send again
  });
  form.addEventListener("input", () => release(form)); // and whoever mended something at once
}

// Tells this page's press from that of somebody who noted its hidden fields; sent again after a lost answer it is still this one.
const nonce = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join(".");
addEventListener("formdata", ({ formData }) => formData.set("nonce", nonce));

addEventListener("pageshow", () => forms.forEach(release));
