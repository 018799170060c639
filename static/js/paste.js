// What is pasted into the text; loaded when that is more than plain words.

import { gap, isCode, put } from "./text.js";

const MOST = 300_000; // characters of rich text that are looked at; of more, and of what was made to be slow, the words remain
const ADDRESS = /^(?:https?:\/\/|mailto:)\S+$/i;

/** Put what was copied into a field: rich text and tables as Markdown, an address as the link of the marked words, the rest as it is. */
export async function paste(field, { html, plain }) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const marked = value.slice(start, end);
  const words = plain.replace(/\r\n?/g, "\n");
  if (isCode(value, start) || isInCode(value, start)) return put(field, start, end, words);
  if (ADDRESS.test(words.trim()) && marked.trim() && !marked.includes("\n") && !ADDRESS.test(marked.trim())) {
    const [, before, label, after] = marked.match(/^(\s*)(.*?)(\s*)$/s);
    return put(field, start, end, `${before}[${label}](${target(words.trim())})${after}`);
  }
  const made = (html && html.length < MOST && await written(html)) || tableOf(words);
  if (!made) return put(field, start, end, words || made || "");
  // What stands in blocks stands apart from what is before and after it.
  const isApart = /\n|^(?:#{1,6} |> |- |\d+[.)] |```|\| )/.test(made);
  const before = isApart ? gap(field.value, start) : "";
  const after = isApart && value.slice(end).match(/^\n{0,2}/)[0].length < 2 && value.slice(end).trim() ? "\n\n".slice(value[end] === "\n" ? 1 : 0) : "";
  return put(field, start, end, before + made + after, start + before.length + made.length);
}

/** An address as it may stand between the brackets of a link. */
export const target = (address) => address.replace(/[\s()<>\\]/g, (sign) => ({ "(": "%28", ")": "%29" })[sign] ?? encodeURIComponent(sign));

async function written(html) {
  const { toMarkdown } = await import("./rich.js");
  return toMarkdown(html);
}

function isInCode(value, place) {
  const line = value.slice(value.lastIndexOf("\n", place - 1) + 1, place);
  return line.split("`").length % 2 === 0;
}

/** A table of what a spreadsheet copies as plain text, or "". */
export function tableOf(text) {
  const rows = text.replace(/\n+$/, "").split("\n").map((line) => line.split("\t"));
  const width = rows[0].length;
  if (rows.length < 2 || width < 2 || rows.some((row) => row.length !== width) || rows.every((row) => !row[0])) return "";
  return table(rows.map((row) => row.map((cell) => cell.trim().replace(/[\\|`*_[\]<$~]/g, "\\$&"))));
}

/** Rows of cells, already written as Markdown; the first is the head. `ends` says by column where it is aligned to. */
export function table(rows, ends = []) {
  const width = Math.max(...rows.map((row) => row.length));
  const line = (cells) => `| ${Array.from({ length: width }, (_, column) => cells[column] ?? "").join(" | ")} |`;
  const dashes = Array.from({ length: width }, (_, column) => ({ right: "---:", center: ":---:" })[ends[column]] ?? "---");
  return [line(rows[0]), `| ${dashes.join(" | ")} |`, ...rows.slice(1).map(line)].join("\n");
}
