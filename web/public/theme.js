// Runs before the first paint, so that a chosen theme does not flash. Values: light, dark; absent = as the system says.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem('stance.theme');
  } catch {
    // Storage may be refused; the system's theme is a good answer then.
  }
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
})();
