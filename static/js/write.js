// What a script adds to the page to write on, which works without it. saving.js saves by itself.

const KEYS = { b: "bold", i: "italic", k: "link", e: "code" };
const ON_TEXT = ["keydown", "dragover", "drop", "paste", "focus"];

/** The row of formatting buttons: one stop for the Tab key, arrows within it. What they do is loaded when they are used. */
class FormatTools extends HTMLElement {
  connectedCallback() {
    this.text = document.getElementById(this.getAttribute("aria-controls"));
    this.buttons = [...this.querySelectorAll("button")];
    this.buttons.forEach((button, index) => {
      button.tabIndex = index ? -1 : 0;
      button.title = [button.ariaLabel, button.getAttribute("aria-keyshortcuts")].filter(Boolean).join(": ");
    });
    this.addEventListener("click", this);
    this.addEventListener("keydown", this);
    for (const type of ON_TEXT) this.text.addEventListener(type, this);
    if (document.activeElement === this.text) this.enter();
  }

  disconnectedCallback() {
    for (const button of this.buttons) button.removeAttribute("tabindex");
    this.removeEventListener("click", this);
    this.removeEventListener("keydown", this);
    for (const type of ON_TEXT) this.text.removeEventListener(type, this);
  }

  handleEvent(event) {
    const transfer = event.dataTransfer ?? event.clipboardData;
    if (transfer) this.take(event, transfer);
    else if (event.type === "focus") this.enter();
    else if (event.type === "click") this.apply(event.target.closest("button")?.value);
    else if (event.currentTarget === this.text) this.shortcut(event);
    else this.move(event);
  }

  /** What goes along with typing is loaded when the text is entered. */
  enter() {
    this.entered ??= Promise.all([import("./typing.js"), import("./count.js")]).then(([{ listen }, { follow }]) => {
      listen(this.text);
      follow(this.text, document.getElementById("words"));
    }).catch(() => { this.entered = null; });
  }

  shortcut(event) {
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey;
    this.isPlain = isCommand && event.shiftKey && event.key.toLowerCase() === "v";
    const name = isCommand && !event.shiftKey && KEYS[event.key];
    if (!name) return;
    event.preventDefault();
    this.apply(name);
  }

  move(event) {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    const step = (event.key === "ArrowRight") === (getComputedStyle(this).direction === "ltr") ? 1 : -1;
    event.preventDefault();
    const at = this.buttons.indexOf(document.activeElement);
    const next = this.buttons.at((at + step) % this.buttons.length);
    for (const button of this.buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  }

  async apply(name) {
    if (name === "search") this.find("what");
    else if (name) (await import("./tools.js")).apply(this, name);
  }

  async find(field) {
    (await import("./find.js")).find(this, field);
  }

  /** Pictures are sent; rich text, tables and addresses are made Markdown; all else stays the browser's. */
  take(event, transfer) {
    const { isPlain } = this;
    this.isPlain = false;
    if (isPlain) return;
    const [html, plain] = event.type === "paste" ? ["text/html", "text/plain"].map((type) => transfer.getData(type)) : ["", ""];
    const files = transfer.types.includes("Files") && !plain.trim();
    const isMore = html || plain.includes("\t") || (this.text.selectionStart < this.text.selectionEnd && /^\s*(https?:|mailto:)\S+\s*$/i.test(plain));
    if (!files && (!isMore || transfer.types.includes("vscode-editor-data"))) return;
    event.preventDefault();
    if (files && event.type !== "dragover") this.send([...transfer.files]);
    if (!files) this.paste({ html, plain });
  }

  async send(files) {
    (await import("./tools.js")).send(this, files);
  }

  /** What can't be made Markdown, for lack of the script as well, is pasted as its words. */
  async paste(copied) {
    const { selectionStart: start, selectionEnd: end } = this.text;
    try {
      await (await import("./paste.js")).paste(this.text, copied);
    } catch {
      this.text.setRangeText(copied.plain || copied.html, start, end, "end");
      this.text.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}

/** The button that publishes says what it will do with the hour that is typed. */
class PublishButton extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.hour = this.button.form.elements.publish_at;
    this.hour?.addEventListener("input", this);
    this.handleEvent();
  }

  disconnectedCallback() {
    this.hour?.removeEventListener("input", this);
  }

  handleEvent() {
    const later = this.hour?.value && new Date(this.hour.value) > new Date();
    this.button.textContent = later ? this.dataset.later : this.dataset.now;
  }
}

const isWide = matchMedia("(min-width: 64rem)");

/** The buttons that show what readers will see: beside the text, or in its place where there is no room for both. */
class PreviewSwitch extends HTMLElement {
  connectedCallback() {
    this.pane = document.getElementById("preview");
    if (!this.pane) return;
    this.buttons = [...this.querySelectorAll("button")];
    this.buttons[0].disabled = false;
    this.buttons[1].setAttribute("aria-keyshortcuts", "Control+.");
    this.addEventListener("click", this);
    document.addEventListener("keydown", this);
    this.turn(isWide.matches && localStorage.getItem("preview") === "beside");
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this);
  }

  handleEvent(event) {
    const isKey = event.type === "keydown";
    const button = event.target.closest?.("button");
    if (isKey ? event.key !== "." || event.altKey || !(event.ctrlKey || event.metaKey) : !button || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const { text } = document.querySelector("format-tools");
    const wasInText = document.activeElement === text;
    const isOn = isKey || isWide.matches ? this.pane.hidden : button !== this.buttons[0];
    this.turn(isOn);
    if (isWide.matches) localStorage.setItem("preview", isOn ? "beside" : "away");
    else if (isKey) (isOn ? this.pane : text).focus();
    if (isWide.matches && wasInText) text.focus();
  }

  async turn(isOn) {
    this.pane.hidden = !isOn;
    this.buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(Boolean(index) === isOn)));
    if (!isOn) return this.preview?.end();
    try {
      const { Preview } = await import("./preview.js");
      this.preview ??= new Preview(this.pane, this.closest("form"));
    } catch {
      this.pane.querySelector("[data-trouble]").textContent = JSON.parse(this.pane.dataset.words).away;
    }
    if (!this.pane.hidden) this.preview?.start();
  }
}

/** Guards what is typed: Ctrl+S saves it, and leaving the page unsaved is asked about first. */
function guard(form) {
  const typed = () => new URLSearchParams(new FormData(form)).toString();
  let saved = document.querySelector(".problems, .stored") ? null : typed();
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget !== "_blank") saved = typed();
  });
  form.addEventListener("saved", () => { saved = typed(); });
  addEventListener("beforeunload", (event) => {
    if (typed() !== saved) event.preventDefault();
  });
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "s") return;
    event.preventDefault();
    form.requestSubmit(document.getElementById("save"));
  });
}

/** The title is one line: Enter goes on to the text. Browsers without `field-sizing` get fields that grow, too. */
function shape(title, text) {
  title.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    text.focus();
  });
  if (CSS.supports("field-sizing", "content")) return;
  for (const field of [title, text]) {
    const grow = () => {
      field.style.blockSize = "auto";
      field.style.blockSize = `${field.scrollHeight}px`;
    };
    field.addEventListener("input", grow);
    grow();
  }
}

customElements.define("format-tools", FormatTools);
/** Ctrl+F and Ctrl+H find in the text; pressed again, the first is the browser's. */
addEventListener("keydown", (event) => {
  const field = { f: "what", h: "by" }[event.key];
  const isCommand = (event.ctrlKey || (event.metaKey && event.key === "f")) && !event.altKey && !event.shiftKey;
  if (!field || !isCommand || event.target.closest?.(".find")) return;
  event.preventDefault();
  document.querySelector("format-tools").find(field);
});

customElements.define("preview-switch", PreviewSwitch);
customElements.define("publish-button", PublishButton);
const form = document.getElementById("writing");
guard(form);
shape(form.elements.title, form.elements.body);
