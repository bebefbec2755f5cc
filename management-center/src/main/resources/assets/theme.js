// Before anything is drawn, so that nobody's chosen theme flashes: that is why it is a file of its own, and not deferred.
try {
  const theme = localStorage.getItem("center.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme it is.
}
