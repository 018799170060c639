// Runs in the head, before the first paint: a page of a reader who chose light or dark never shows the other one first.
try {
  var theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* storage is closed to us: the page follows the system */ }
