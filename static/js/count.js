// How many words a text in Markdown has, near enough to what the server counts; loaded when the text is entered.

const A_MINUTE = 230;
const OPEN = /[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/g; // of scripts without spaces: two count for one word

/** The words that readers will read: no marks, no addresses, no tags, no descriptions of pictures. */
export function countWords(text) {
  const read = text
    .replace(/<!--[^]*?-->|<\/?[a-z][^<>]*>/gi, " ")
    .replace(/^[ >]*(?:`{3,}|~{3,})[^`\n]*$|^ {0,3}\[[^\]\n^]+\]:.*$|^[ |:-]+$|^[ >]*\{[.#][^}\n]*\}$/gm, "")
    .replace(/!\[[^\]\n]*\]\([^)"\n]*(?:"([^"\n]*)"\s*)?\)/g, " $1 ")
    .replace(/\[\^[^\]\n]+\]:?|\]\([^)\n]*\)|\[\[(?:[^\]|\n]*\|)?|\{#[^}\n]*\}$/gm, "")
    .replace(/^[ >]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?|^[ >]+|^ {0,3}#+[ \t]|\[![A-Z]+\]|^: /gm, " ")
    .replace(/\|/g, " ")
    .replace(/[*_`~]+(?=\s|$)|(?<=\s|^)[*_`~]+/g, " ");
  const open = read.match(OPEN)?.length ?? 0;
  return (read.replace(OPEN, " ").match(/\S+/g)?.length ?? 0) + Math.ceil(open / 2);
}

/** Keep the line `line` at the words of a field. */
export function follow(field, line) {
  const locale = document.documentElement.lang;
  const forms = JSON.parse(line.dataset.words);
  const rules = new Intl.PluralRules(locale);
  let timer = 0;
  const show = () => {
    const words = countWords(field.value);
    const form = forms[rules.select(words)] ?? forms.other;
    const minutes = Math.max(1, Math.ceil(words / A_MINUTE));
    line.textContent = words ? `${form.replace("{}", words.toLocaleString(locale))}, ${line.dataset.minutes.replace("{}", minutes.toLocaleString(locale))}` : "";
  };
  if (field.value !== field.defaultValue) show();
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 100);
  });
  field.form.addEventListener("saved", show);
}
