// Enter and Tab in lists and quotes; loaded when the text is first entered.

import { isCode, put } from "./text.js";

/** Its groups: quote marks, indent, bullet, number, what follows the number, the gap, the box. */
const START = /^((?:[ \t]*>[ ]?)*)([ \t]*)(?:(?:([-*+])|(\d{1,9})([.)]))([ \t]+)(\[[ xX]\][ \t]+)?)?/;
const RULE = /^[ \t>]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,})$/;

/** Let Enter go on with a list or a quote, and Tab indent the items of a list. */
export function listen(text) {
  let isLeaving = false; // Escape, then Tab leaves the text as everywhere else
  text.addEventListener("keydown", (event) => {
    const { key, shiftKey, isComposing } = event;
    if (isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "Enter" && !shiftKey && goOn(text)) event.preventDefault();
    if (key === "Tab" && !isLeaving && (shiftKey ? outdent(text) : indent(text))) event.preventDefault();
    if (key !== "Shift") isLeaving = key === "Escape";
  });
}

function read(line) {
  const [all, quote, margin, bullet, number, dot, blanks, box] = line.match(START);
  return { all, quote, margin, bullet, number, dot, blanks, box, isItem: Boolean(blanks), width: margin.length, rest: line.slice(all.length) };
}

const lineAt = (value, place) => {
  const from = value.lastIndexOf("\n", place - 1) + 1;
  const to = value.indexOf("\n", place);
  return [from, to < 0 ? value.length : to];
};

/** Where the text of an item begins: what belongs to it is indented as far. */
const inner = (item) => item.width + (item.bullet ?? item.number + item.dot).length + Math.min(item.blanks.length, 4);

/** The lines above, nearest first, as far as they can belong to the same list. */
function* above(value, from, quote) {
  let end = from - 1;
  while (end >= 0) {
    const [start] = lineAt(value, end);
    const line = value.slice(start, end);
    const found = read(line);
    if (found.quote.trim() !== quote.trim()) return;
    if (line.trim() && !found.isItem && !found.width) return;
    if (found.isItem) yield found;
    end = start - 1;
  }
}

/** True if Enter was answered: the next item or line of the quote begins, or an empty one ends it. */
function goOn(text) {
  const { selectionStart: start, selectionEnd: end, value } = text;
  const [from, to] = lineAt(value, start);
  const line = value.slice(from, to);
  const item = read(line);
  if (!(item.isItem || item.quote) || start < from + item.all.length || RULE.test(line) || isCode(value, start)) return false;
  if (start === end && !item.rest.trim()) {
    const outer = item.isItem && item.width ? [...above(value, from, item.quote)].find((other) => other.width < item.width) : null;
    // An empty line: without it what is typed next would still belong to the item, or to the quote.
    const empty = item.isItem ? `${item.quote.trimEnd()}\n${item.quote}` : "\n";
    put(text, from, to, outer ? next(outer) : empty);
  } else {
    put(text, start, end, `\n${item.isItem ? next(item) : item.quote + item.margin}`);
  }
  return true;
}

/** How the item after this one begins. */
function next({ quote, margin, bullet, number, dot, blanks, box }) {
  return `${quote}${margin}${bullet ?? Number(number) + 1 + dot}${blanks}${box ? "[ ] " : ""}`;
}

/** The lines of a list that are marked; with none marked the caret's item, and what hangs on it. */
function touched(text) {
  const { selectionStart: start, selectionEnd: end, value } = text;
  const [from] = lineAt(value, start);
  let [, to] = lineAt(value, Math.max(start, end - (end > start && value[end - 1] === "\n" ? 1 : 0)));
  const item = read(value.slice(...lineAt(value, start)));
  if (!item.isItem || isCode(value, start)) return null;
  while (start === end && to < value.length) {
    const [first, last] = lineAt(value, to + 1);
    const line = value.slice(first, last);
    if (!line.trim() || read(line).width <= item.width) break;
    to = last;
  }
  return { from, to, item, lines: value.slice(from, to).split("\n") };
}

function indent(text) {
  const found = touched(text);
  if (!found) return false;
  const sibling = [...above(text.value, found.from, found.item.quote)].find((other) => other.width <= found.item.width);
  const by = sibling ? inner(sibling) - found.item.width : 0;
  if (by > 0) shift(text, found, by);
  return by > 0;
}

function outdent(text) {
  const found = touched(text);
  if (!found?.item.width) return false;
  const outer = [...above(text.value, found.from, found.item.quote)].find((other) => other.width < found.item.width);
  shift(text, found, (outer?.width ?? 0) - found.item.width);
  return true;
}

/** Move lines `by` columns; the first, if it has a number, takes the one that its new place wants. */
function shift(text, { from, to, item, lines }, by) {
  const { selectionStart: start, selectionEnd: end, value } = text;
  const width = item.width + by;
  const moved = lines.map((line, index) => {
    const { quote } = read(line);
    const bare = line.slice(quote.length);
    const indented = !bare.trim() ? bare : by > 0 ? " ".repeat(by) + bare : bare.slice(Math.min(-by, bare.match(/^[ \t]*/)[0].length));
    return quote + (index || !item.number ? indented : indented.replace(/\d+/, numberAt(value, from, item, width)));
  });
  const made = moved.join("\n");
  const [first, all] = [moved[0].length - lines[0].length, made.length - (to - from)];
  put(text, from, to, made, Math.max(from, start + first), start === end ? Math.max(from, start + first) : end + all);
}

function numberAt(value, from, item, width) {
  for (const other of above(value, from, item.quote)) {
    if (other.width < width) return "1";
    if (other.width === width) return other.number ? String(Number(other.number) + 1) : "1";
  }
  return "1";
}
