// A script of the portal: it asks the portal for something, and knows nothing of sign-ins.
const button = document.querySelector("button");
const output = document.querySelector("output");

button?.addEventListener("click", async () => {
  output.textContent = "Asking …";
  const answer = await fetch("/orders");
  output.textContent = answer.ok ? await answer.text() : `Refused with ${answer.status}.`;
});
