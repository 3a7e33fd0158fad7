// Says when caps lock is on, before a password fails because of it.
const hint = document.getElementById("caps-lock");

for (const input of document.querySelectorAll('[data-enhance~="caps-lock"]')) {
  const say = (text) => {
    if (hint.textContent !== text) hint.textContent = text;
  };
  const look = (event) => say(event.getModifierState?.("CapsLock") ? hint.dataset.text : "");
  input.addEventListener("keydown", look);
  input.addEventListener("keyup", look);
  input.addEventListener("blur", () => say(""));
}
