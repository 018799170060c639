// The preview beside the text, as the server makes it; loaded when it is first shown.

import { nodesOf } from "./fragment.js";

const PAUSE = 150; // ms without typing
const PATIENCE = 20_000; // ms for an answer
const LETTERS = /[^\p{L}\p{N}]+/gu;

const letters = (text) => text.replace(LETTERS, "").toLowerCase();

/** The pane of `<preview-pane>`: shows what is typed in its form, and goes where the caret goes. */
export class Preview {
  constructor(pane, form) {
    Object.assign(this, { pane, form, text: form.elements.body, sent: null, blocks: [], sources: [] });
    this.shown = pane.querySelector("[data-shown]");
    this.trouble = pane.querySelector("[data-trouble]");
  }

  start() {
    this.end();
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.form.addEventListener("input", () => this.wait(), { signal });
    this.form.addEventListener("saved", () => this.wait(), { signal });
    document.addEventListener("selectionchange", () => this.follow(), { signal });
    addEventListener("online", () => this.update(), { signal });
    this.shown.addEventListener("click", (event) => this.jump(event), { signal });
    this.update();
  }

  end() {
    this.stop?.abort();
    clearTimeout(this.timer);
    this.asking?.abort();
    this.sent = null;
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.update(), PAUSE);
  }

  /** Ask for what is typed now; an answer that something newer has overtaken is dropped. */
  async update() {
    const data = new URLSearchParams(new FormData(this.form));
    for (const name of ["csrf_token", "edit_number", "creation_key", "editing"]) data.delete(name);
    const typed = data.toString();
    if (typed === this.sent) return;
    this.sent = typed;
    this.asking?.abort();
    const asking = this.asking = new AbortController();
    const address = this.pane.querySelector("[formaction]").formAction;
    try {
      const said = await this.request(address, data, AbortSignal.any?.([asking.signal, AbortSignal.timeout(PATIENCE)]) ?? asking.signal);
      if (asking !== this.asking) return;
      if (said.state === "shown") this.show(said.html);
      else this.complain(said);
    } catch {
      if (asking === this.asking) this.complain({ state: "away" });
    }
  }

  async request(address, data, signal, isAgain = false) {
    data.set("csrf_token", this.form.elements.csrf_token.value);
    const response = await fetch(address, { method: "POST", body: data, headers: { Accept: "application/json" }, signal });
    if (response.status === 413) return { state: "too_large" };
    const said = await response.json();
    if (said.state !== "token" || isAgain) return { ...said, seconds: Number(response.headers.get("Retry-After")) };
    for (const field of document.getElementsByName("csrf_token")) field.value = said.csrf_token;
    return this.request(address, data, signal, true);
  }

  /** What is there stays; a line says why it is not the newest. */
  complain({ state, errors = {}, sign_in: way, seconds }) {
    this.sent = null;
    const { words } = this.pane.dataset;
    const known = JSON.parse(words);
    this.trouble.replaceChildren([known[state] ?? known.refused, ...Object.values(errors)].join(" "));
    if (way) this.trouble.append(" ", Object.assign(document.createElement("a"), { href: way, target: "_blank", rel: "noopener", textContent: known.sign_in }));
    if (["wait", "away", "failed"].includes(state)) this.timer = setTimeout(() => this.update(), 1_000 * (seconds || 5));
  }

  /** Put the article in; blocks of the text that are as they were stay, so that pictures do not blink. */
  show(html) {
    this.trouble.replaceChildren();
    const nodes = nodesOf(html);
    const [old, fresh] = [this.shown.querySelector(".prose"), nodes.querySelector(".prose")];
    const sources = [...fresh.children].map((block) => block.outerHTML);
    let [start, end] = [0, 0];
    if (old) {
      const most = Math.min(sources.length, this.sources.length);
      while (start < most && sources[start] === this.sources[start]) start += 1;
      while (end < most - start && sources.at(-1 - end) === this.sources.at(-1 - end)) end += 1;
      const came = [...fresh.children].slice(start, fresh.children.length - end);
      for (const block of [...old.children].slice(start, old.children.length - end)) block.remove();
      if (start) old.children[start - 1].after(...came);
      else old.prepend(...came);
      for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
      for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
      fresh.replaceWith(old);
    }
    this.sources = sources;
    const { scrollTop } = this.pane;
    this.shown.replaceChildren(nodes);
    this.pane.scrollTop = scrollTop;
    this.blocks = [...this.shown.querySelector(".prose").children].map((block) => ({ block, said: letters(block.textContent) }));
    this.follow();
  }

  /** Bring the block in which the caret stands into view: of those that say its line the one that is nearest. */
  follow() {
    if (document.activeElement !== this.text || !this.blocks.length) return;
    const { value, selectionStart: place } = this.text;
    const from = value.lastIndexOf("\n", place - 1) + 1;
    const line = value.slice(from, value.indexOf("\n", place) < 0 ? undefined : value.indexOf("\n", place));
    const said = letters(line.replace(/\]\([^)]*\)|!\[[^\]]*\]|<[^>]*>/g, "")).slice(0, 60);
    const all = this.blocks.reduce((sum, { said: words }) => sum + words.length, 0);
    const wanted = (letters(value.slice(0, from)).length / Math.max(1, letters(value).length)) * all;
    let before = 0;
    let best = null;
    for (const { block, said: words } of this.blocks) {
      const distance = wanted < before ? before - wanted : Math.max(0, wanted - before - words.length);
      const rank = distance + (said && words.includes(said) ? 0 : all + 1);
      if (!best || rank < best.rank) best = { block, rank };
      before += words.length;
    }
    this.bring(best.block);
  }

  bring(block) {
    const pane = this.pane.getBoundingClientRect();
    const { top, bottom } = block.getBoundingClientRect();
    if (block === this.last && top > pane.top && bottom < pane.bottom) return;
    this.last = block;
    if (top > pane.top + pane.height * 0.1 && bottom < pane.top + pane.height * 0.9) return;
    this.pane.scrollTop += top - pane.top - pane.height * 0.25;
  }

  /** A link within the post leads there in the pane; the address of the editor stays. */
  jump(event) {
    const hash = event.target.closest("a[href^='#']")?.hash;
    if (!hash) return;
    event.preventDefault();
    this.shown.querySelector(`#${CSS.escape(decodeURIComponent(hash.slice(1)))}`)?.scrollIntoView();
  }
}
