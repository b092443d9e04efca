// Small conveniences. Every page works without this file.
import { watchMenus } from "./menus.js";
import { watchResults } from "./results.js";
import { watchTheme } from "./switch.js";

watchTheme();
watchMenus();
watchResults();

// A form that came back with errors starts at its summary, for eyes and screen readers alike.
document.querySelector(".errors")?.focus();
