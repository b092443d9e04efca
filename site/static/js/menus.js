// Menus are <details>: they open without script. With it they close on Escape, on a click
// elsewhere, and when the focus moves on.
const openMenus = () => document.querySelectorAll("details.menu[open]");

export function watchMenus() {
    document.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        for (const menu of openMenus()) {
            menu.open = false;
            if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
        }
    });
    for (const happening of ["click", "focusin"]) {
        document.addEventListener(happening, (event) => {
            for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
        });
    }
}
