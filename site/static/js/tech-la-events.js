// For other people's sites: <tech-la-events organization="slug"> becomes a frame with that
// organization's next events. Loaded by a plain <script>, so that its own address says whose site
// it speaks to; what is in the frame cannot reach the page around it, nor the page what is in it.
// In a block, for the page may have names of its own; once, however often the lines were copied.
if (!customElements.get("tech-la-events")) {
    const site = new URL(document.currentScript.src).origin;

    class TechLaEvents extends HTMLElement {
        static observedAttributes = ["organization", "label", "height"];

        connectedCallback() {
            this.show();
        }

        attributeChangedCallback() {
            if (this.isConnected) this.show();
        }

        show() {
            const slug = this.getAttribute("organization");
            if (!slug) return this.replaceChildren();
            const frame = document.createElement("iframe");
            frame.src = `${site}/organizations/${encodeURIComponent(slug)}/events/embed/`;
            frame.title = this.getAttribute("label") ?? "Next events";
            frame.loading = "lazy";
            frame.width = "100%";
            frame.height = this.getAttribute("height") ?? "480";
            this.replaceChildren(frame);
        }
    }

    customElements.define("tech-la-events", TechLaEvents);
}
