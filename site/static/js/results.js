// When a list was filtered in place, says how many are left ([data-announce] inside the results),
// and puts the focus on the errors of a form that was refused in place.
export function watchResults() {
    const status = document.getElementById("status");
    document.addEventListener("htmx:afterSettle", (event) => {
        const arrived = event.target;
        const words = arrived.querySelector?.("[data-announce]")?.textContent;
        if (words && status) status.textContent = words.trim();
        arrived.querySelector?.(".errors")?.focus();
    });
}
