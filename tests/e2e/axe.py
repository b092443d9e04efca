"""Ask axe-core what is wrong with the page that a browser shows."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

#: Resolves once what was changed is on the screen.
REPAINTED = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


def violations(page: Page) -> list[str]:
    """Everything that axe finds, one line a place: rule, what it asks for, where."""
    # Colors on their way from one theme to the other are nobody's choice: wait for the last.
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(REPAINTED)
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {rule['help']} at {' '.join(map(str, node['target']))}"
        for rule in found
        for node in rule["nodes"]
    ]


def sideways(page: Page) -> list[str]:
    """What makes the page wider than its window, or is cut off at its edge; empty where nothing."""
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    # What scrolls inside a box of its own can be reached; what a hidden overflow cuts cannot.
    wide: list[str] = page.evaluate(
        """() => {
            const scrolls = (e) => e && e !== document.body && (
                /auto|scroll/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement)
            );
            return [...document.querySelectorAll("body *")]
                .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
                .filter((e) => e.checkVisibility({visibilityProperty: true}))
                .filter((e) => !e.closest("svg, .visually-hidden") && !scrolls(e))
                .map((e) => `${e.tagName.toLowerCase()}.${e.className}`);
        }"""
    )
    return wide or ([f"{width} px too wide"] if width > 0 else [])


def small_targets(page: Page) -> list[str]:
    """Controls under 24 by 24 px, links inside running words aside (WCAG 2.2, 2.5.8)."""
    small: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
            .filter((e) => e.checkVisibility({visibilityProperty: true}) && e.type !== "hidden")
            .filter((e) => !e.closest("svg, .visually-hidden, .skip"))
            .filter((e) => !(e.tagName === "A" && getComputedStyle(e).display === "inline"))
            .filter((e) => {
                const box = (e.closest("label") ?? e).getBoundingClientRect();
                return box.width > 0 && (box.width < 24 || box.height < 23.5);
            })
            .map((e) => e.outerHTML.slice(0, 80))"""
    )
    return small


def complaints(page: Page) -> list[str]:
    """A list that fills with what breaks the content security policy from now on."""
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            heard.append(message.text)

    page.on("console", listen)
    return heard
