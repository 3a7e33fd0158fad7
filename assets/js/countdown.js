// Counts down what rests (a button) and what runs out (a bar, a line of text). The server decides all the same.
const clock = (seconds) =>
  seconds < 60 ? `${seconds}\u00a0s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

for (const element of document.querySelectorAll('[data-enhance~="countdown"]')) {
  const { seconds, resting } = element.dataset;
  const until = Date.now() + seconds * 1000; // wall time: timers sleep with the device
  const ready = element.textContent;
  const isBar = element.matches("progress");
  const isButton = element.matches("button");
  let left = Number(seconds);

  const show = () => {
    if (isBar) element.value = left;
    else element.textContent = isButton && left === 0 ? ready : resting.replace("{}", clock(left));
    if (isButton && left > 0) element.setAttribute("aria-disabled", "true");
    else element.removeAttribute("aria-disabled");
  };

  const tick = () => {
    const before = left;
    left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    if (isBar && before > 30 && left <= 30) element.dispatchEvent(new Event("nearly", { bubbles: true }));
    show();
    if (left > 0) setTimeout(tick, 1000);
  };

  if (isButton) {
    element.removeAttribute("aria-describedby"); // the label tells the time now
    element.addEventListener("click", (event) => {
      if (left > 0) event.preventDefault();
    });
  }
  tick();
}
