// Saves by itself what is typed: at the server, and in this browser as long as the server does not have it.
// docs/architecture.md says what the server answers; the words are data-* attributes of <save-state>.

const PAUSE = 1_500; // ms without typing, then it is saved
const LONGEST = 10_000; // ms of typing, then it is saved all the same
const PATIENCE = 20_000; // ms for an answer
const RETRIES = [3, 10, 30, 60]; // seconds between tries while nobody answers
const KEPT = "unsaved";

const seconds = (number) => number * 1_000;
const same = (one, other) => Boolean(one && other) && Object.keys({ ...one, ...other }).every((name) => (one[name] || "") === (other[name] || ""));
const later = (time) => new Promise((resolve) => { setTimeout(resolve, time); });

/** Put `text` into a field so that the caret stays at its words. */
function put(field, text) {
  const { value } = field;
  if (field.type === "checkbox") field.checked = Boolean(text);
  else if (field.type !== "textarea") field.value = text;
  else if (value !== text) {
    let start = 0;
    let end = 0;
    const most = Math.min(value.length, text.length);
    while (start < most && value[start] === text[start]) start += 1;
    while (end < most - start && value.at(-1 - end) === text.at(-1 - end)) end += 1;
    field.setRangeText(text.slice(start, text.length - end), start, value.length - end, "preserve");
  }
}

/** What this browser keeps of one opened editor, until the server has it. */
class Kept {
  constructor(who, post, editing) {
    this.key = [KEPT, who, post, editing].join(":");
  }

  /** The copies of a post that other, closed editors left, newest first. */
  static async left(who, post) {
    const start = [KEPT, who, post, ""].join(":");
    const open = new Set((await navigator.locks?.query())?.held.map((lock) => lock.name));
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(start) && !open.has(key));
    const copies = keys.map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) }));
    return copies.sort((one, other) => other.at - one.at);
  }

  /** Tell other tabs, for as long as this page lives, that the copy has an editor; false if another tab is that already. */
  hold() {
    return new Promise((resolve) => {
      if (!navigator.locks) resolve(true);
      navigator.locks?.request(this.key, { ifAvailable: true }, (lock) => {
        resolve(Boolean(lock));
        return lock && new Promise(() => {});
      });
    });
  }

  /** True if the browser took it; it does not where it has no room, or may keep nothing. */
  keep(copy) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ ...copy, at: Date.now() }));
      return true;
    } catch {
      return false;
    }
  }

  forget() {
    localStorage.removeItem(this.key);
  }
}

/** The line that says whether all is saved, and what sees to it. */
class SaveState extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    if (!this.form.dataset.autosave) return;
    this.saved = this.read((field) => (field.type === "checkbox" ? field.defaultChecked : field.defaultValue ?? field.value));
    this.base = document.querySelector(".problems, .stored") ? null : this.saved;
    this.isPaused = Boolean(document.querySelector(".stored"));
    this.failures = 0;
    this.open();
    this.form.addEventListener("input", this);
    this.form.addEventListener("change", this);
    this.form.addEventListener("submit", this);
    document.addEventListener("visibilitychange", this);
    addEventListener("online", this);
    addEventListener("focus", this);
    this.offer();
  }

  handleEvent(event) {
    if (event.type === "submit") this.submit(event);
    else if (event.type === "visibilitychange" || event.type === "online" || event.type === "focus") this.save();
    else this.typed();
  }

  get field() {
    return this.form.elements;
  }

  /** The names of the fields that hold the text, as the server lists them. */
  get names() {
    return this.form.dataset.fields.split(" ");
  }

  /** What stands in the fields. */
  read(valueOf = (field) => (field.type === "checkbox" ? field.checked : field.value)) {
    const text = (field) => { const value = valueOf(field); return value === true ? "y" : value || ""; };
    return Object.fromEntries(this.names.map((name) => [name, text(this.field[name])]));
  }

  get isDirty() {
    return !same(this.read(), this.saved);
  }

  /** The copy in this browser goes by the post and by this editor. */
  open() {
    this.kept = new Kept(this.form.dataset.who, this.form.dataset.post, this.field.editing.value);
    this.opened = this.kept.hold().then((isOurs) => isOurs || this.part());
  }

  /** A browser that doubles a tab doubles its keys: this one takes its own, so that two tabs never write as one editor. */
  part() {
    const key = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.field.editing.value = key();
    if (!this.form.dataset.post) this.field.creation_key.value = key();
    this.open();
  }

  keep() {
    const { edit_number: number, creation_key: made } = this.field;
    return this.kept.keep({ fields: this.read(), base: this.base, number: number.value, made: made.value, editing: this.field.editing.value });
  }

  typed() {
    clearTimeout(this.timer);
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.isDirty && this.keep(), 200);
    this.since ??= Date.now();
    this.timer = setTimeout(() => this.save(), Math.max(0, Math.min(PAUSE, this.since + LONGEST - Date.now())));
  }

  /** Save what is not saved yet; when it is being done, the end of that. */
  save() {
    clearTimeout(this.timer);
    if (this.isPaused || !this.isDirty) return this.working ?? Promise.resolve();
    this.working ??= this.run().finally(() => { this.working = null; });
    return this.working;
  }

  async run() {
    this.since = null;
    await this.opened;
    const sent = this.read();
    const canWait = this.keep();
    this.say("saving");
    try {
      await this.take(await this.send(), sent);
      this.failures = 0;
    } catch (wait) {
      const after = Number(wait) || RETRIES[Math.min(this.failures, RETRIES.length - 1)];
      this.failures += 1;
      this.timer = setTimeout(() => this.save(), seconds(after));
      this.say(canWait ? "away" : "lost", { isProblem: true });
    }
  }

  /** Send the form; what the server said. Throws the seconds to wait, or a fault of the network. */
  async send(more = {}, { again = true } = {}) {
    const data = new URLSearchParams(new FormData(this.form));
    for (const [name, value] of Object.entries(more)) data.set(name, value);
    const response = await fetch(this.form.dataset.autosave, { method: "POST", body: data, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });
    if (response.status === 413) return { state: "too_large" }; // the guard's, which is no JSON
    const said = await response.json();
    if (said.state === "wait" || said.state === "failed") throw response.headers.get("Retry-After");
    if (again && said.state === "token") {
      for (const field of document.getElementsByName("csrf_token")) field.value = said.csrf_token;
      return this.send(more, { again: false });
    }
    if (again && said.state === "base_needed") {
      const base = Object.entries(this.base ?? {}).map(([name, value]) => [`base_${name}`, value]);
      return this.send(base.length ? Object.fromEntries(base) : { base_unknown: "y" }, { again: false });
    }
    return said;
  }

  async take(said, sent) {
    if (said.state === "saved" || said.state === "merged") return this.accept(said, sent);
    if (said.state === "empty") return this.say("empty");
    const link = { conflict: said.compare, signed_out: said.sign_in }[said.state];
    this.isPaused = said.state === "conflict";
    const reason = Object.values(said.errors ?? {}).join(" ");
    return this.say({ conflict: "conflict", signed_out: "signedOut", gone: "gone", too_large: "large" }[said.state] ?? "refused", { isProblem: true, link, reason });
  }

  /** The server has `sent`; what was typed meanwhile is saved next. */
  accept(said, sent) {
    const hasStopped = same(this.read(), sent);
    if (said.state === "merged" && hasStopped) for (const name of this.names) put(this.field[name], said.fields[name] === true ? "y" : said.fields[name] || "");
    if (!said.refused.slug && this.field.slug.value === sent.slug) this.field.slug.value = said.slug;
    if (said.state === "saved" || hasStopped) this.field.edit_number.value = said.edit_number;
    this.base = this.saved = hasStopped ? this.read() : { ...sent, slug: this.field.slug.value };
    if (!this.form.dataset.post) this.move(said);
    if (this.isDirty) {
      this.keep();
      this.typed();
      return;
    }
    this.kept.forget();
    this.form.dispatchEvent(new Event("saved"));
    const refused = Object.values(said.refused).join(" ");
    const time = new Date(said.saved_at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    if (refused) this.say("partly", { isProblem: true, reason: refused });
    else this.say(said.state === "merged" ? "merged" : said.is_pending ? "pending" : "saved", { time });
  }

  /** A new post became a draft: from here on the page is that of the draft. */
  move(said) {
    this.kept.forget();
    Object.assign(this.form.dataset, { post: said.post_id, autosave: said.autosave });
    this.form.action = said.edit;
    for (const button of this.form.querySelectorAll("[formaction]")) {
      button.formAction = button.formTarget === "_blank" ? said.preview : button.formAction.replace("/new/", `/${said.post_id}/`);
    }
    history.replaceState(null, "", said.edit);
    this.open();
  }

  /** Before the form is sent, what it holds is saved by itself: then no copy of it is left in the browser. */
  async submit(event) {
    const { submitter } = event;
    if (this.isPassing || this.isPaused || !this.isDirty || submitter?.formTarget === "_blank") return;
    event.preventDefault();
    await Promise.race([this.save().then(() => this.save()), later(seconds(4))]);
    this.isPassing = true;
    this.form.requestSubmit(submitter);
    this.isPassing = false;
  }

  /** Show what an editor that was closed or killed left in this browser, to be put back or given up. */
  async offer() {
    const shown = this.read();
    for (const copy of await Kept.left(this.form.dataset.who, this.form.dataset.post)) {
      if (same(copy.fields, shown)) localStorage.removeItem(copy.key);
      else this.ask(copy);
    }
  }

  ask(copy) {
    const notice = document.getElementById("kept-copy").content.cloneNode(true).firstElementChild;
    const moment = new Date(copy.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    notice.querySelector("[data-moment]").textContent = moment;
    notice.addEventListener("click", (event) => {
      const choice = event.target.closest("button")?.value;
      if (!choice) return;
      if (choice === "back") this.putBack(copy);
      localStorage.removeItem(copy.key);
      notice.remove();
    });
    document.querySelector("#main > .pane").prepend(notice);
  }

  putBack(copy) {
    for (const name of this.names) put(this.field[name], copy.fields[name] || "");
    this.field.edit_number.value = copy.number;
    this.field.editing.value = copy.editing;
    if (!this.form.dataset.post) this.field.creation_key.value = copy.made;
    this.base = copy.base;
    this.open();
    this.keep();
    this.save();
  }

  say(state, { isProblem = false, link = "", reason = "", time = "" } = {}) {
    this.dataset.state = state;
    this.ariaLive = isProblem ? "polite" : "off";
    this.classList.toggle("wrong", isProblem);
    const words = [this.dataset[state].replace("{time}", time), reason].filter(Boolean).join(" ");
    this.replaceChildren(words);
    if (!link) return;
    const way = Object.assign(document.createElement("a"), { href: link, target: "_blank", rel: "noopener", textContent: this.dataset[`${state}Link`] });
    this.append(" ", way);
  }
}

customElements.define("save-state", SaveState);
