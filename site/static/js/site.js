// Small conveniences. Every page works without this file.
import { watchMenus } from "./menus.js";
import { watchResults } from "./results.js";
import { watchTheme } from "./switch.js";
import { watchTicks } from "./ticks.js";

watchTheme();
watchMenus();
watchResults();
watchTicks();

// A form that came back with errors starts at its summary, for eyes and screen readers alike.
document.querySelector(".errors")?.focus();
