// What went wrong is read and seen first.
document.querySelector('[data-enhance~="focus-summary"]')?.focus();
