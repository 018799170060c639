// The button that asks the browser for a passkey (WebAuthn) and sends the form around it. Without this script the button stays
// hidden, and the page says what else works.

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
  }

  disconnectedCallback() {
    this.button?.removeEventListener("click", this);
    this.show(false);
  }

  show(usable) {
    this.querySelector("span").hidden = !usable;
    for (const instead of this.querySelectorAll("p")) instead.hidden = usable;
  }

  async handleEvent(event) {
    event.preventDefault();
    const { form, formAction } = this.button;
    this.say("");
    this.button.disabled = true;
    try {
      this.querySelector("input").value = encoded(await this.ask(form));
      form.action = formAction;
      form.submit();
    } catch {
      this.say(this.dataset.failed);
    }
    this.button.disabled = false;
  }

  /** Fetch what the browser needs, and let it ask its person. */
  async ask(form) {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token?.value ?? "" });
    const answer = await fetch(this.dataset.options, { method: "POST", body });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    const publicKey = decoded(await answer.json());
    return this.dataset.kind === "create" ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey });
  }

  say(words) {
    this.querySelector("[role=status]").textContent = words;
  }
}

customElements.define("passkey-button", PasskeyButton);
