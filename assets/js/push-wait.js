// Listens for the answer from the phone. The events say only that there is one; the page behind `next` knows which.
const wait = document.querySelector('[data-enhance~="push-wait"]');

if (wait) {
  const state = wait.querySelector("[data-state]");
  const say = (word) => {
    if (state.textContent !== state.dataset[word]) state.textContent = state.dataset[word];
  };
  // One tab after the other: the next one goes on with the session of the first. A press that comes to nothing holds nobody up.
  const press = (form) => {
    if (!navigator.locks) return form.requestSubmit();
    navigator.locks.request("portico-claim", () => new Promise((done) => {
      form.requestSubmit();
      setTimeout(done, 10000);
    }));
  };
  const events = new EventSource(wait.dataset.events);

  for (const word of ["approved", "denied", "expired", "retry"]) {
    events.addEventListener(word, () => {
      events.close();
      if (word in state.dataset) say(word);
      const claim = document.querySelector("form[data-claim]");
      // Looking hands out no session: the button of this very page does.
      if (word === "approved" && claim) press(claim);
      else location.assign(wait.dataset.next);
    });
  }
  events.addEventListener("open", () => say("waiting"));
  events.addEventListener("error", () => {
    say("lost");
    if (events.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    for (const form of document.querySelectorAll("form.scriptless")) form.classList.remove("scriptless");
  });
  wait.addEventListener("nearly", () => say("nearly"));
  addEventListener("pagehide", () => events.close());
}
