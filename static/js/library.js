// The element that makes the library's form take what is dropped, pasted or chosen, one by one and with a bar each. Without this
// script the form sends them itself.

import { upload } from "./upload.js";

/** The pictures in what was dropped or pasted. */
const picturesIn = (transfer) => [...(transfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));

class UploadPictures extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.list = Object.assign(document.createElement("ul"), { className: "sending" });
    this.list.setAttribute("aria-live", "polite");
    this.append(this.list);
    this.form.addEventListener("submit", this);
    for (const type of ["dragover", "dragleave", "drop", "paste"]) document.addEventListener(type, this);
  }

  disconnectedCallback() {
    this.form.removeEventListener("submit", this);
    for (const type of ["dragover", "dragleave", "drop", "paste"]) document.removeEventListener(type, this);
    this.list.remove();
  }

  handleEvent(event) {
    if (event.type === "submit") {
      const { files } = this.form.elements.pictures;
      if (!files.length) return;
      event.preventDefault();
      this.send(files, files.length === 1 ? this.form.elements.alt.value : "");
      this.form.reset();
      return;
    }
    const transfer = event.dataTransfer ?? event.clipboardData;
    const hasFiles = transfer?.types.includes("Files");
    document.body.classList.toggle("dropping", event.type === "dragover" && hasFiles);
    if (!hasFiles) return;
    event.preventDefault();
    const files = event.type === "drop" || event.type === "paste" ? picturesIn(transfer) : [];
    if (files.length) this.send(files, "");
  }

  async send(files, alt) {
    const rows = new Map([...files].map((file) => [file, this.row(file)]));
    const pictures = await upload(files, {
      alt,
      address: this.form.action,
      onProgress: (file, part) => { rows.get(file).bar.value = part; },
      onDone: (file, picture) => this.end(rows.get(file), "a", { href: picture.page ?? picture.url, textContent: picture.alt || this.dataset.alt }),
      onRefused: (file, reason) => this.end(rows.get(file), "p", { textContent: reason || this.dataset.failed }),
    });
    if (pictures.length && !this.more) {
      this.more = Object.assign(document.createElement("a"), { className: "button quiet small", href: location.href, textContent: this.dataset.show });
      this.list.after(this.more);
    }
  }

  row(file) {
    const item = document.createElement("li");
    const name = Object.assign(document.createElement("span"), { textContent: file.name });
    const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    bar.setAttribute("aria-label", file.name);
    item.append(name, bar);
    this.list.append(item);
    return { item, bar };
  }

  end({ item, bar }, tag, what) {
    if (tag === "a") bar.replaceWith(Object.assign(document.createElement("b"), { textContent: this.dataset.done }));
    else bar.remove();
    item.append(Object.assign(document.createElement(tag), what));
  }
}

customElements.define("upload-pictures", UploadPictures);
