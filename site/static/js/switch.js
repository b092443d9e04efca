// The button that changes the theme, and says what it will do.
const root = document.documentElement;
const night = matchMedia("(prefers-color-scheme: dark)");

const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : night.matches);

function say(button) {
    const dark = isDark();
    const words = dark ? button.dataset.toLight : button.dataset.toDark;
    if (words) button.setAttribute("aria-label", words);
    button.classList.toggle("is-dark", dark);
}

function remember(theme) {
    try {
        localStorage.setItem("theme", theme);
    } catch {
        // Without storage the choice lasts as long as the page.
    }
}

export function watchTheme() {
    for (const button of document.querySelectorAll(".theme-switch")) {
        button.addEventListener("click", () => {
            root.dataset.theme = isDark() ? "light" : "dark";
            remember(root.dataset.theme);
            for (const other of document.querySelectorAll(".theme-switch")) say(other);
        });
        night.addEventListener("change", () => say(button));
        say(button);
    }
}
