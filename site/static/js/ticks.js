// Links that tick all boxes of a list or none of them ([data-ticks] says "all" or "none", and
// [data-name] of which boxes). Without script they load the page anew; with it what was typed stays.
export function watchTicks() {
    document.addEventListener("click", (event) => {
        const link = event.target.closest?.("a[data-ticks]");
        if (!link) return;
        event.preventDefault();
        for (const box of document.getElementsByName(link.dataset.name)) {
            box.checked = link.dataset.ticks === "all";
        }
    });
}
