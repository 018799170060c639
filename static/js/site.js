// What a script adds to pages that work without it. One module for all public pages, so that a page asks for two scripts in all.
// Words come from data-* attributes, so that they are translated where the page is.

/** Light, as the system, dark: kept in this browser only. `theme-early.js` reads it before the next page is painted. */
class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this);
    this.show(document.documentElement.dataset.theme ?? "auto");
  }

  disconnectedCallback() {
    this.removeEventListener("click", this);
  }

  handleEvent(event) {
    const choice = event.target.closest("button")?.value;
    if (!choice) return;
    try {
      if (choice === "auto") localStorage.removeItem("theme");
      else localStorage.setItem("theme", choice);
    } catch { /* not kept, but shown */ }
    this.show(choice);
  }

  show(choice) {
    if (choice === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    for (const button of this.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === choice));
  }
}

/** A button that shows the password in the input beside it, and hides it again before the form is sent. */
class ShowPassword extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.button = Object.assign(document.createElement("button"), { type: "button", className: "button plain small" });
    this.button.setAttribute("aria-controls", this.input.id);
    this.button.addEventListener("click", this);
    this.input.form?.addEventListener("submit", this);
    this.append(this.button);
    this.show(false);
  }

  disconnectedCallback() {
    this.input.form?.removeEventListener("submit", this);
    this.show(false);
    this.button.remove();
  }

  handleEvent(event) {
    this.show(event.type === "click" && this.input.type === "password");
  }

  show(visible) {
    this.input.type = visible ? "text" : "password";
    this.button.textContent = visible ? this.dataset.hide : this.dataset.show;
  }
}

/** A <details> that behaves as a menu: Escape or a click elsewhere closes it. */
class DisclosureMenu extends HTMLElement {
  connectedCallback() {
    document.addEventListener("click", this);
    this.addEventListener("keydown", this);
  }

  disconnectedCallback() {
    document.removeEventListener("click", this);
    this.removeEventListener("keydown", this);
  }

  handleEvent(event) {
    const details = this.querySelector("details");
    if (!details.open) return;
    if (event.key === "Escape") details.querySelector("summary").focus();
    else if (event.type === "keydown" || this.contains(event.target)) return;
    details.open = false;
  }
}

/** A button in every box of code inside that copies it. */
class CopyCode extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard) return;
    this.buttons = [...this.querySelectorAll(".code")].map((box) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button plain small", textContent: this.dataset.copy });
      button.addEventListener("click", () => this.copy(button));
      box.append(button);
      return button;
    });
  }

  disconnectedCallback() {
    for (const button of this.buttons ?? []) button.remove();
  }

  async copy(button) {
    await navigator.clipboard.writeText(button.closest(".code").querySelector("pre").textContent);
    button.textContent = this.dataset.copied;
    setTimeout(() => { button.textContent = this.dataset.copy; }, 2000);
  }
}

/** Every picture inside that is no link itself opens over the whole window. */
class OpenPicture extends HTMLElement {
  connectedCallback() {
    this.dialog = Object.assign(document.createElement("dialog"), { className: "viewer" });
    this.picture = new Image();
    const form = Object.assign(document.createElement("form"), { method: "dialog" });
    form.append(Object.assign(document.createElement("button"), { className: "button plain", textContent: this.dataset.close }));
    this.dialog.append(form, this.picture);
    this.dialog.addEventListener("click", (event) => { if (event.target !== this.picture) this.dialog.close(); });
    this.append(this.dialog);

    this.buttons = [...this.querySelectorAll("img")].filter((image) => image !== this.picture && !image.closest("a, button")).map((image) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "enlarge" });
      button.setAttribute("aria-label", `${this.dataset.open}: ${image.alt}`);
      button.addEventListener("click", () => this.open(image));
      const whole = image.closest("picture") ?? image;
      whole.replaceWith(button);
      button.append(whole);
      return button;
    });
  }

  disconnectedCallback() {
    for (const button of this.buttons) button.replaceWith(...button.children);
    this.dialog.remove();
  }

  open(image) {
    this.picture.alt = image.alt;
    this.picture.src = image.dataset.full ?? image.currentSrc;
    this.dialog.showModal();
  }
}

/** Marks the part of the text being read in the table of contents inside. */
class ContentsMarker extends HTMLElement {
  connectedCallback() {
    this.links = new Map([...this.querySelectorAll("a")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    this.watcher = new IntersectionObserver((entries) => {
      const seen = entries.find((entry) => entry.isIntersecting);
      if (seen) this.mark(seen.target.id);
    }, { rootMargin: "0px 0px -70% 0px" });
    for (const id of this.links.keys()) {
      const heading = document.getElementById(id);
      if (heading) this.watcher.observe(heading);
    }
  }

  disconnectedCallback() {
    this.watcher.disconnect();
    this.mark(null);
  }

  mark(id) {
    for (const [name, link] of this.links) {
      if (name === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
}

/** Signing out warns when this browser keeps a text that the blog does not have (saving.js); it is not cleared. */
addEventListener("submit", (event) => {
  const { who, unsaved } = event.target.dataset;
  const keeps = () => Object.keys(localStorage).some((key) => key.startsWith(`unsaved:${who}:`));
  if (unsaved && keeps() && !confirm(unsaved)) event.preventDefault();
});

customElements.define("theme-switch", ThemeSwitch);
customElements.define("show-password", ShowPassword);
customElements.define("disclosure-menu", DisclosureMenu);
customElements.define("copy-code", CopyCode);
customElements.define("open-picture", OpenPicture);
customElements.define("contents-marker", ContentsMarker);
