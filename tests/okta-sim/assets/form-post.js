// The button beside it does the same by hand.
document.querySelector("form[data-post-now]")?.submit();
