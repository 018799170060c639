// The set-up of a site begins with the time zone of the browser. Without this it begins with UTC; either can be changed.

/** Chooses the browser's zone in the select inside, while nobody has chosen; `data-former` has today's names of old ones. */
class GuessZone extends HTMLElement {
  connectedCallback() {
    const select = this.querySelector("select");
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const name = JSON.parse(this.dataset.former)[zone] ?? zone;
    if (select.selectedIndex === 0 && [...select.options].some((option) => option.value === name)) select.value = name;
  }
}

customElements.define("guess-zone", GuessZone);
