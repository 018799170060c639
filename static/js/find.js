// Find and replace in the text; loaded when it is first asked for.

import { put } from "./text.js";

const ACTS = ["previous", "next", "replace", "replaceAll", "close"];
const LETTER = "[\\p{L}\\p{N}_]";

/** The row in which one types what to find, and what to put there; `text` is searched. */
class Finder {
  constructor(text, tools) {
    this.text = text;
    this.words = JSON.parse(tools.dataset.find);
    this.mirror = Object.assign(document.createElement("div"), { className: "text-input mirror", ariaHidden: "true" });
    this.build();
    tools.after(this.bar);
    text.before(this.mirror);
    this.bar.addEventListener("input", () => this.search(this.from));
    this.bar.addEventListener("keydown", (event) => this.key(event));
    this.bar.addEventListener("click", (event) => this.act(event.target.closest("button")?.value));
    text.addEventListener("input", () => { if (!this.bar.hidden) this.show(this.matches().find(({ start }) => start >= this.at?.start)); });
  }

  build() {
    const make = (tag, about) => Object.assign(document.createElement(tag), about);
    const { all, buttons, boxes } = this.words;
    [this.what, this.by] = ["what", "by"].map((name) => make("input", { className: "input", ariaLabel: this.words[name], placeholder: this.words[name] }));
    [this.isExact, this.isWhole] = boxes.map(() => make("input", { type: "checkbox" }));
    this.said = make("output");
    const labels = boxes.map((words, index) => {
      const label = make("label");
      label.append([this.isExact, this.isWhole][index], words);
      return label;
    });
    const [previous, next, ...rest] = buttons.map((words, index) => make("button", { type: "button", className: "button plain small", textContent: words, value: ACTS[index] }));
    this.bar = make("div", { className: "find cluster", role: "group", ariaLabel: all });
    this.bar.append(this.what, this.said, previous, next, ...labels, this.by, ...rest);
  }

  open(field) {
    const { selectionStart: start, selectionEnd: end, value } = this.text;
    const marked = value.slice(start, end);
    if (document.activeElement === this.text && marked && marked.length < 200 && !marked.includes("\n")) this.what.value = marked;
    this.bar.hidden = this.mirror.hidden = false;
    this.from = start;
    this[field].focus();
    this[field].select();
    this.search(start);
  }

  close() {
    this.bar.hidden = this.mirror.hidden = true;
    this.text.focus();
    if (this.at) this.text.setSelectionRange(this.at.start, this.at.end);
  }

  matches() {
    const plain = this.what.value.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
    if (!plain) return [];
    const source = this.isWhole.checked ? `(?<!${LETTER})${plain}(?!${LETTER})` : plain;
    const found = this.text.value.matchAll(new RegExp(source, this.isExact.checked ? "gu" : "giu"));
    return [...found].map((one) => ({ start: one.index, end: one.index + one[0].length }));
  }

  /** Go to the first match from a place on. */
  search(place) {
    const all = this.matches();
    this.show(all.find(({ start }) => start >= place) ?? all[0]);
  }

  step(by) {
    const all = this.matches();
    const at = all.findIndex(({ start }) => start === this.at?.start);
    this.show(all.at((at + by) % all.length));
    this.from = this.at?.start ?? this.from;
  }

  /** Mark a match where it stands in the text, and bring it into view. */
  show(match) {
    const all = this.matches();
    this.at = match;
    const number = all.findIndex(({ start }) => start === match?.start) + 1;
    this.said.textContent = match ? this.words.count.replace("{n}", number).replace("{m}", all.length) : this.what.value && this.words.none;
    const { value } = this.text;
    const mark = document.createElement("mark");
    mark.textContent = match ? value.slice(match.start, match.end) : "";
    this.mirror.replaceChildren(value.slice(0, match?.start ?? 0), mark, value.slice(match?.end ?? 0), "\n");
    Object.assign(this.mirror.style, { insetBlockStart: `${this.text.offsetTop}px`, inlineSize: `${this.text.offsetWidth}px` });
    if (match) mark.scrollIntoView({ block: "center" });
  }

  replace() {
    if (!this.at) return;
    const { start, end } = this.at;
    put(this.text, start, end, this.by.value);
    this.by.focus();
    this.search(start + this.by.value.length);
  }

  /** All at once, so that one Undo takes all back. */
  replaceAll() {
    const all = this.matches();
    if (!all.length) return;
    const [first, last] = [all[0].start, all.at(-1).end];
    const { value } = this.text;
    const made = all.map(({ end }, index) => this.by.value + value.slice(end, all[index + 1]?.start ?? end)).join("");
    put(this.text, first, last, made);
    this.by.focus();
    this.search(0);
  }

  key(event) {
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && event.target === this.what) this.step(event.shiftKey ? -1 : 1);
    else if (event.key === "Enter" && event.target === this.by) this.replace();
    else return;
    event.preventDefault();
  }

  act(name) {
    if (name === "previous" || name === "next") this.step(name === "next" ? 1 : -1);
    else if (name) this[name]();
  }
}

let finder;

/** Open the row with the caret in `field`, `what` or `by`. */
export function find(tools, field = "what") {
  finder ??= new Finder(tools.text, tools);
  finder.open(field);
}
