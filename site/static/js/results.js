// When a list was filtered in place, says how many are left ([data-announce] inside the results),
// puts the focus on the errors of a form that was refused in place, and closes a sheet of filters
// whose results were asked for: they are behind it.
export function watchResults() {
    const status = document.getElementById("status");
    document.addEventListener("submit", ({ target }) => {
        if (target.matches("[popover]:popover-open")) target.hidePopover();
    });
    document.addEventListener("htmx:afterSettle", (event) => {
        const arrived = event.target;
        const words = arrived.querySelector?.("[data-announce]")?.textContent;
        if (words && status) status.textContent = words.trim();
        arrived.querySelector?.(".errors")?.focus();
    });
}
