// The reader's own choice of theme, applied as early as can be without holding up the first paint.
// Nothing chosen means what the system prefers, which CSS knows without us.
(() => {
    const root = document.documentElement;
    root.classList.add("scripted");
    try {
        const chosen = localStorage.getItem("theme");
        if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
    } catch {
        // Storage may be forbidden; then the system's preference stands.
    }
})();
