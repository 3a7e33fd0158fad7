// Shows the password while its owner wants to see it, and never sends or restores it shown.
for (const button of document.querySelectorAll('[data-enhance~="reveal-password"]')) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  const state = document.getElementById(`${input.id}-state`);
  const { show, hide, showLabel, hideLabel, shown, hidden } = button.dataset;

  const reveal = (isShown) => {
    input.type = isShown ? "text" : "password";
    button.textContent = isShown ? hide : show;
    button.setAttribute("aria-label", isShown ? hideLabel : showLabel);
  };

  button.addEventListener("click", () => {
    const isShown = input.type === "password";
    reveal(isShown);
    state.textContent = isShown ? shown : hidden;
  });
  input.form.addEventListener("submit", () => reveal(false));
  addEventListener("pageshow", () => reveal(false));

  input.spellcheck = false;
  input.autocapitalize = "none";
  button.hidden = false;
}
