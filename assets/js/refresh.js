// Back may show a copy that the browser kept, of a step that is over: ask the server where things stand.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
