// What a script adds to the page to write on, which works without it. saving.js saves by itself.

import { picturesIn, upload } from "./upload.js";

/** What each tool puts around the marked text, before each of its lines, or in its place. */
const TOOLS = {
  bold: { before: "**", after: "**" },
  italic: { before: "*", after: "*" },
  code: { before: "`", after: "`", block: "```" },
  link: { before: "[", after: "](https://)" },
  note: { before: "^[", after: "]" },
  heading: { line: () => "## " },
  quote: { line: () => "> " },
  list: { line: () => "- " },
  numbers: { line: (index) => `${index + 1}. ` },
  task: { line: () => "- [ ] " },
  table: { block: "|  |  |\n| --- | --- |\n|  |  |" },
};
const KEYS = { b: "bold", i: "italic", k: "link" };

/** The row of formatting buttons: one stop for the Tab key, arrows within it. */
class FormatTools extends HTMLElement {
  connectedCallback() {
    this.text = document.getElementById(this.getAttribute("aria-controls"));
    this.buttons = [...this.querySelectorAll("button")];
    this.buttons.forEach((button, index) => { button.tabIndex = index ? -1 : 0; });
    this.addEventListener("click", this);
    this.addEventListener("keydown", this);
    for (const type of ["keydown", "dragover", "drop", "paste"]) this.text.addEventListener(type, this);
  }

  disconnectedCallback() {
    for (const button of this.buttons) button.removeAttribute("tabindex");
    this.removeEventListener("click", this);
    this.removeEventListener("keydown", this);
    for (const type of ["keydown", "dragover", "drop", "paste"]) this.text.removeEventListener(type, this);
  }

  handleEvent(event) {
    const transfer = event.dataTransfer ?? event.clipboardData;
    if (transfer) this.take(event, transfer);
    else if (event.type === "click") this.apply(event.target.closest("button")?.value);
    else if (event.currentTarget === this.text) this.shortcut(event);
    else this.move(event);
  }

  shortcut(event) {
    const name = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && KEYS[event.key];
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

  apply(name) {
    const tool = TOOLS[name];
    if (name === "image") this.choose();
    if (!tool) return;
    const { selectionStart: start, selectionEnd: end, value } = this.text;
    const marked = value.slice(start, end);
    if (tool.line) this.lines(tool, start, end);
    else if (!tool.before) this.put(start, end, `${this.gap(start)}${tool.block}\n`, 2);
    else if (tool.block && marked.includes("\n")) this.put(start, end, `${tool.block}\n${marked}\n${tool.block}`);
    else this.put(start, end, `${tool.before}${marked}${tool.after}`, marked ? null : tool.before.length);
  }

  /** Pictures that are dropped or pasted are sent; other things stay the browser's. */
  take(event, transfer) {
    if (!transfer.types.includes("Files")) return;
    event.preventDefault();
    if (event.type !== "dragover") this.send(picturesIn(transfer));
  }

  choose() {
    const chooser = Object.assign(document.createElement("input"), { type: "file", accept: "image/*", multiple: true });
    chooser.addEventListener("change", () => this.send([...chooser.files]));
    chooser.click();
  }

  /** Send pictures; each stands in the text as soon as it is there, its description marked to be typed over. */
  async send(files) {
    const marks = new Map(files.map((file) => [file, `![${this.dataset.sending.replace("{name}", file.name)}]()`]));
    const at = this.text.selectionEnd;
    if (files.length) this.put(at, at, `${this.gap(at)}${[...marks.values()].join("\n\n")}\n`);
    await upload(files, {
      onDone: (file, picture) => this.change(marks.get(file), picture.markdown),
      onRefused: (file, reason) => {
        this.change(marks.get(file), "");
        this.complain(reason || this.dataset.failed.replace("{name}", file.name));
      },
    });
  }

  /** Put `text` where `mark` stands; a description of a picture is marked. */
  change(mark, text) {
    const at = this.text.value.indexOf(mark);
    if (at < 0) return;
    this.put(at, at + mark.length, text);
    if (text.startsWith("![")) this.text.setSelectionRange(at + 2, at + text.indexOf("]"));
  }

  complain(reason) {
    const line = Object.assign(document.createElement("p"), { className: "error", role: "alert", textContent: reason });
    this.after(line);
    this.text.addEventListener("input", () => line.remove(), { once: true });
  }

  /** Put the mark before every line that is touched. */
  lines(tool, start, end) {
    const { value } = this.text;
    const from = value.lastIndexOf("\n", start - 1) + 1;
    const lines = value.slice(from, end).split("\n");
    this.put(from, end, lines.map((line, index) => tool.line(index) + line).join("\n"));
  }

  /** What parts a block from the line before it. */
  gap(start) {
    const before = this.text.value.slice(0, start);
    return !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  }

  /** Type `text` over a stretch, so that it can be undone like typing; the caret goes `caret` characters into it. */
  put(start, end, text, caret = null) {
    this.text.focus();
    this.text.setSelectionRange(start, end);
    if (!document.execCommand("insertText", false, text)) this.text.setRangeText(text, start, end, "end");
    if (caret !== null) this.text.setSelectionRange(start + caret, start + caret);
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
customElements.define("publish-button", PublishButton);
const form = document.getElementById("writing");
guard(form);
shape(form.elements.title, form.elements.body);
