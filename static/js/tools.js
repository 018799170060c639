// What the formatting buttons do; loaded when the first of them is used. Each takes its mark off where it already is.

import { complain, gap, put } from "./text.js";
import { upload } from "./upload.js";

/** What a tool puts around the marked words; `held` finds words that have it: its groups are the mark and the words. */
const AROUND = {
  bold: { before: "**", after: "**", held: /(\*\*|__)(?=\S)(.*?\S)\1/gs },
  italic: { before: "*", after: "*", held: /(?<![*\w])((?:\*\*)?(?=\*)|(?=_))[*_](?![*\s])(.*?[^\s*])[*_]\1(?![*\w])/gs },
  code: { before: "`", after: "`", held: /(?<!`)(`+)(?!`)(.*?[^`])\1(?!`)/gs },
  link: { before: "[", after: "](https://)", held: /(?<!!)\[(?![[^])()([^\]]*)\]\([^()\s]*\)/g },
  note: { before: "^[", after: "]", held: /\^\[()([^\]]*)\]/g },
};

/** What a tool puts before a line; `held` finds its own mark, `other` what it replaces. */
const ITEM = /^([ \t>]*)(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?/;
const BEFORE = {
  heading: { mark: () => "## ", held: /^([ \t>]*)#{1,6}[ \t]+/ },
  quote: { mark: () => "> ", held: /^([ \t]*)>[ ]?/ },
  list: { mark: () => "- ", held: /^([ \t>]*)[-*+][ \t]+(?!\[[ xX]\] )/, other: ITEM },
  numbers: { mark: (index) => `${index + 1}. `, held: /^([ \t>]*)\d{1,9}[.)][ \t]+/, other: ITEM },
  task: { mark: () => "- [ ] ", held: /^([ \t>]*)[-*+][ \t]+\[[ xX]\][ \t]+/, other: ITEM },
};
const TABLE = "|  |  |\n| --- | --- |\n|  |  |\n";

/** Do what the button `name` of the row `tools` says to what is marked in its text. */
export function apply(tools, name) {
  const { text } = tools;
  const { selectionStart: start, selectionEnd: end, value } = text;
  if (name === "image") choose(tools);
  else if (name === "table") put(text, start, end, gap(value, start) + TABLE, start + gap(value, start).length + 2);
  else if (BEFORE[name]) lines(text, BEFORE[name]);
  else if (name === "code" && (value.slice(start, end).includes("\n") || isFenced(value, start, end))) fence(text);
  else if (AROUND[name]) around(text, AROUND[name]);
}

/** Mark the words, or take the mark off that holds them; they stay marked, so that a second press takes back the first. */
function around(text, { before, after, held }) {
  const { selectionStart: start, selectionEnd: end, value } = text;
  const from = value.lastIndexOf("\n\n", start - 1) + 1;
  const to = value.indexOf("\n\n", end);
  for (const found of value.slice(from, to < 0 ? value.length : to).matchAll(held)) {
    const [first, last] = [from + found.index, from + found.index + found[0].length];
    if (start < first || end > last) continue;
    const [kept, words] = before === "*" ? [found[1], found[2]] : ["", found[2]];
    const moved = first + found[0].indexOf(words) - kept.length;
    const place = (at) => Math.min(Math.max(at - moved + first, first), first + words.length + kept.length);
    put(text, first, last, kept + words + kept, place(start), place(end));
    return;
  }
  const marked = value.slice(start, end);
  const blanks = [marked.match(/^\s*/)[0], marked.trim() ? marked.match(/\s*$/)[0] : ""];
  const words = marked.slice(blanks[0].length, marked.length - blanks[1].length);
  const at = start + blanks[0].length + before.length;
  put(text, start, end, blanks[0] + before + words + after + blanks[1], at, at + words.length);
  if (after.startsWith("](") && words) text.setSelectionRange(at + words.length + 2, at + words.length + after.length - 1);
}

/** Put the mark before every line that is touched, or take it off if all have it. */
function lines(text, { mark, held, other = held }) {
  const { selectionStart: start, selectionEnd: end, value } = text;
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const to = value.indexOf("\n", end) < 0 ? value.length : value.indexOf("\n", end);
  const old = value.slice(from, to).split("\n");
  const isBlank = (line) => old.length > 1 && !line.trim();
  const isHeld = old.every((line) => isBlank(line) || held.test(line));
  let index = 0;
  const made = old.map((line) => {
    if (isBlank(line)) return line;
    if (isHeld) return line.replace(held, "$1");
    const bare = held.source.includes(">[ ]") ? line : line.replace(other, "$1");
    const [margin] = held.source.includes(">[ ]") ? [""] : bare.match(/^[ \t>]*/);
    return margin + mark(index++) + bare.slice(margin.length);
  }).join("\n");
  const caret = from + Math.max(0, made.length - (to - end));
  put(text, from, to, made, start === end ? caret : from, start === end ? caret : from + made.length);
}

function edges(value, start, end) {
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const to = value.indexOf("\n", end);
  return [from, to < 0 ? value.length : to];
}

/** True if fences stand right around the marked lines, or are the first and last of them. */
function isFenced(value, start, end) {
  const [from, to] = edges(value, start, end);
  const inside = value.slice(from, to);
  return /^```[^\n]*\n[^]*\n```$/.test(inside) || (/\n?```[^\n`]*\n$/.test(value.slice(0, from)) && /^\n```(\n|$)/.test(value.slice(to)));
}

function fence(text) {
  const { selectionStart, selectionEnd, value } = text;
  let [from, to] = edges(value, selectionStart, selectionEnd);
  const inside = value.slice(from, to);
  if (!isFenced(value, selectionStart, selectionEnd)) {
    put(text, from, to, `\`\`\`\n${inside}\n\`\`\``, from + 4, from + 4 + inside.length);
  } else if (inside.startsWith("```") && inside.endsWith("\n```")) {
    const bare = inside.replace(/^```[^\n]*\n/, "").slice(0, -4);
    put(text, from, to, bare, from, from + bare.length);
  } else {
    from = value.lastIndexOf("\n", from - 2) + 1;
    to += 4;
    put(text, from, to, inside, from, from + inside.length);
  }
}

function choose(tools) {
  const chooser = Object.assign(document.createElement("input"), { type: "file", accept: "image/*", multiple: true });
  chooser.addEventListener("change", () => send(tools, [...chooser.files]));
  chooser.click();
}

/** Send pictures; each stands in the text as soon as it is there, its description marked to be typed over. */
export async function send(tools, files) {
  const { dataset, text } = tools;
  const pictures = files.filter((file) => file.type.startsWith("image/"));
  const marks = new Map(pictures.map((file) => [file, `![${dataset.sending.replace("{name}", file.name)}]()`]));
  const at = text.selectionEnd;
  if (pictures.length) put(text, at, at, `${gap(text.value, at)}${[...marks.values()].join("\n\n")}\n`);
  await upload(pictures, {
    onDone: (file, picture) => change(text, marks.get(file), picture.markdown),
    onRefused: (file, reason) => {
      change(text, marks.get(file), "");
      complain(tools, reason || dataset.failed.replace("{name}", file.name));
    },
  });
}

/** Put `made` where `mark` stands; a description of a picture is marked. */
function change(text, mark, made) {
  const at = text.value.indexOf(mark);
  if (at < 0) return;
  if (made.startsWith("![")) put(text, at, at + mark.length, made, at + 2, at + made.indexOf("]"));
  else put(text, at, at + mark.length, made);
}
