// The button that asks the browser for a passkey (WebAuthn) and sends the form around it. Without this script the button stays
// hidden, and the page says what else works.

const FRESH = 0.8; // of the time that the server waits for an answer

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** The options as the browser wants them: bytes where JSON has base64url. */
function decoded(options) {
  const known = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));
  return {
    ...options,
    challenge: toBytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: toBytes(options.user.id) } }),
    ...(options.excludeCredentials && { excludeCredentials: known(options.excludeCredentials) }),
    ...(options.allowCredentials && { allowCredentials: known(options.allowCredentials) }),
  };
}

/** What a key answered, as the server reads it: base64url where the browser has bytes. */
function encoded(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const present = parts.filter((name) => response[name]).map((name) => [name, toText(response[name])]);
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response: Object.fromEntries(present),
    clientExtensionResults: {},
  });
}

class PasskeyButton extends HTMLElement {
  connectedCallback() {
    if (!window.PublicKeyCredential) return;
    this.button = this.querySelector("button");
    this.button.addEventListener("click", this);
    this.show(true);
    if (this.dataset.offeredBy) this.offer(document.getElementById(this.dataset.offeredBy));
  }

  disconnectedCallback() {
    this.button?.removeEventListener("click", this);
    this.waiting?.abort();
    this.show(false);
  }

  show(usable) {
    this.querySelector("span").hidden = !usable;
    for (const instead of this.querySelectorAll("p")) instead.hidden = usable;
  }

  async handleEvent(event) {
    event.preventDefault();
    this.waiting?.abort(); // a browser answers one question at a time
    this.say("");
    this.button.disabled = true;
    try {
      const publicKey = await this.options();
      const asked = this.dataset.kind === "create" ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey });
      this.send(await asked);
    } catch {
      this.say(this.dataset.failed);
    }
    this.button.disabled = false;
  }

  /** Let the browser offer passkeys in a field, beside the names that it knows. What it asks for does not last: then the next visit to the field asks anew. */
  async offer(field) {
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    const waiting = new AbortController();
    const { signal } = waiting;
    this.waiting = waiting;
    signal.addEventListener("abort", () => field.addEventListener("focus", () => this.offer(field), { once: true }));
    try {
      const publicKey = await this.options();
      setTimeout(() => waiting.abort(), publicKey.timeout * FRESH);
      this.send(await navigator.credentials.get({ publicKey, mediation: "conditional", signal }));
    } catch {
      // Nobody took one: the field and the button work as before.
    }
  }

  /** What the browser needs, to ask its person. */
  async options() {
    const body = new URLSearchParams({ csrf_token: this.button.form.elements.csrf_token?.value ?? "" });
    const answer = await fetch(this.dataset.options, { method: "POST", body });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    return decoded(await answer.json());
  }

  send(credential) {
    const { form, formAction } = this.button;
    this.querySelector("input").value = encoded(credential);
    form.action = formAction;
    form.submit();
  }

  say(words) {
    this.querySelector("[role=status]").textContent = words;
  }
}

customElements.define("passkey-button", PasskeyButton);
