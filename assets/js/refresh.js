// Back may show a copy that the browser kept, of a step that is over: ask the server where things stand. Until it has
// answered, nobody reads what stood there.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.documentElement.hidden = true;
  location.reload();
});
