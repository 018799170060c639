// Rich text as Markdown; loaded when some is pasted. Turndown would be half of what all scripts of the editor may weigh, and
// knows neither formulas, [[…]] and {…} of our Markdown, which it leaves unescaped, nor the lists of Word or the tables of Docs.

import { parse } from "./fragment.js";
import { table, target } from "./paste.js";

const BLOCK = /^(?:address|article|aside|blockquote|body|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)$/;
const SILENT = /^(?:head|script|style|meta|link|title|template|noscript|colgroup|col|svg|math|input|select)$/;
const MARKS = { bold: ["**", "strong"], italic: ["*", "em"], struck: ["~~", "del"] };
const KEPT = /^(?:sub|sup|kbd|mark)$/;
const LINE_START = /^( *)(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|=+(?=\s*$)|-{2,}|:(?=\s|-)|\||\d{1,9}(?=[.)](?:\s|$)))/gm;

let isRich; // whether what is being written holds more than words
let isInTable = false;
let hasFormulas; // whether two signs of money could be taken for the ends of one

/** Rich text as Markdown; "" if it says no more than its plain words do. */
export function toMarkdown(html) {
  isRich = false;
  // Under our policy a parser complains of each style, though nothing of this is ever shown: they are read under another name.
  const quiet = html.replace(/<style\b[^]*?<\/style\s*>/gi, "").replace(/(<[a-z][^>]*?\s)style(\s*=)/gi, "$1data-style$2");
  const body = parse(quiet);
  for (const element of body.querySelectorAll("[data-style]")) element.style_ = element.dataset.style.toLowerCase();
  hasFormulas = body.textContent.split("$").length > 2;
  gatherWordLists(body);
  const made = blocksOf(body).join("\n\n");
  return isRich ? made : "";
}

const rich = (made) => {
  isRich = true;
  return made;
};

const urlOf = (address) => {
  try {
    return new URL(address, location.origin);
  } catch {
    return null;
  }
};

const style = (element) => element.style_ ?? "";
const isBlock = (node) => node.nodeType === 1 && node.localName !== "a" && (BLOCK.test(node.localName) || [...node.querySelectorAll("*")].some((one) => BLOCK.test(one.localName)));
const isSilent = (node) => node.nodeType === 8 || (node.nodeType === 1 && SILENT.test(node.localName));

/** The blocks of Markdown that the children of a node make. */
function blocksOf(node) {
  const blocks = [];
  let line = [];
  let lastList = "";
  const add = (made, list = "") => {
    if (made.length) blocks.push(...made);
    if (made.length) lastList = list;
  };
  const end = () => {
    add(paragraphs(line));
    line = [];
  };
  for (const child of node.childNodes) {
    if (isSilent(child)) continue;
    if (!isBlock(child)) {
      line.push(child);
      continue;
    }
    end();
    const isList = /^[uo]l$/.test(child.localName);
    const mark = child.localName + (lastList === child.localName ? "2" : "");
    if (isList) add(listOf(child, mark.endsWith("2")), mark);
    else add(blockOf(child));
  }
  end();
  return blocks;
}

const quoted = (text, mark) => text.replace(/^/gm, mark).replace(/[ ]+$/gm, "");

function blockOf(element) {
  const { localName: name } = element;
  const heading = name.match(/^h([1-6])$/)?.[1] ?? (element.classList.contains("MsoTitle") ? 1 : 0);
  if (heading) {
    const words = paragraphs([...element.childNodes], { bold: false }).join(" ").replace(/\\?\n/g, " ");
    return words ? [rich(`${"#".repeat(heading)} ${words.replace(/(?<!\\)(#+)$/, "\\$1")}`)] : [];
  }
  if (name === "hr") return [rich("---")];
  if (name === "pre") return [rich(codeBlock(element))];
  if (name === "table") return tableOf(element);
  const blocks = blocksOf(element);
  if (name === "blockquote" && blocks.length) return [rich(quoted(blocks.join("\n\n"), "> "))];
  if (name === "dd" && blocks.length) return [rich(hang(blocks, ": "))];
  if (name === "dl") return [blocks.join("\n").replace(/\n(?!:|\s)/g, "\n\n")];
  return blocks;
}

/** Blocks behind the mark of an item, the lines after the first indented as far. */
function hang(blocks, mark, between = "\n\n") {
  return mark + blocks.join(between).replace(/\n(?=[^\n])/g, `\n${" ".repeat(mark.length)}`);
}

/** A list; a `second` one right after another of its kind has other marks, lest they become one. */
function listOf(list, second) {
  const items = [];
  let number = Number(list.getAttribute("start") ?? 1) || 1;
  for (const child of list.childNodes) {
    if (child.nodeType === 3 && !child.data.trim() || isSilent(child)) continue;
    const blocks = child.localName === "li" ? blocksOf(child) : blocksOf({ childNodes: [child] });
    // Google Docs puts an inner list beside the item that it belongs to.
    if (/^[uo]l$/.test(child.localName) && items.length) {
      items.at(-1).blocks.push(...blocks);
      continue;
    }
    const box = child.localName === "li" && (child.querySelector(":scope > input[type=checkbox], :scope > p > input[type=checkbox], :scope > label > input[type=checkbox]") ?? (child.getAttribute("role") === "checkbox" ? child : null));
    const isDone = box && (box.hasAttribute("checked") || box.getAttribute("aria-checked") === "true");
    const mark = list.localName === "ol" ? `${number}${second ? ")" : "."} ` : second ? "* " : "- ";
    items.push({ mark, box: box ? `[${isDone ? "x" : " "}] ` : "", blocks });
    number += 1;
  }
  const isTight = items.every(({ blocks }) => blocks.length < 2 || blocks.slice(1).every((block) => /^(?:[-*] |\d+[.)] )/.test(block)));
  const made = items.map(({ mark, box, blocks }) => hang([box + (blocks[0] ?? ""), ...blocks.slice(1)], mark, isTight ? "\n" : "\n\n").trimEnd());
  return made.length ? [rich(made).join(isTight ? "\n" : "\n\n")] : [];
}

function codeBlock(element) {
  for (const end of element.querySelectorAll("br")) end.replaceWith("\n");
  const code = element.textContent.replace(/^\n|\n+$/g, "");
  const fence = "`".repeat(Math.max(3, ...[...code.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  const classes = `${element.className} ${element.querySelector("code")?.className ?? ""} ${element.parentElement?.className ?? ""}`;
  const language = classes.match(/(?:language-|lang-|highlight-source-|brush: ?)([\w+#-]+)/)?.[1] ?? "";
  return `${fence}${language}\n${code}\n${fence}`;
}

function tableOf(element) {
  const rows = [...element.rows ?? []];
  const isLayout = element.querySelector("table") || rows.every((row) => row.cells.length < 2);
  if (isLayout) return rows.flatMap((row) => [...row.cells].flatMap(blocksOf));
  const ends = [];
  isInTable = true;
  const made = rows.filter((row) => row.cells.length).map((row) => [...row.cells].flatMap((cell) => {
    const words = blocksOf(cell).join("<br>").replace(/\\?\n/g, "<br>").replaceAll("|", "\\|");
    return [words, ...Array(Math.min(cell.colSpan, 100) - 1).fill("")];
  }));
  isInTable = false;
  for (const row of rows) [...row.cells].forEach((cell, column) => { ends[column] ??= (cell.getAttribute("align") ?? style(cell).match(/text-align:\s*(\w+)/)?.[1]) || undefined; });
  const caption = element.caption ? blocksOf(element.caption) : [];
  return [...caption, ...made.length ? [rich(table(made, ends))] : []];
}

/** The paragraphs of a run of inline nodes: two line breaks part them. */
function paragraphs(nodes, held = {}) {
  const runs = nodes.flatMap((node) => runsOf(node, held));
  const lines = [[]];
  for (const run of runs) {
    if (run.isBreak) lines.push([]);
    else lines.at(-1).push(run);
  }
  const written = lines.map((line) => write(line).replace(/^[ \t]+|[ \t]+$/g, ""));
  return written.join("\n").split(/\n{2,}/).map((text) => escapeLines(text.replace(/^\n+|\n+$/g, "")).replace(/\n/g, "\\\n")).filter(Boolean);
}

/** The words of a node, each stretch with what holds of it: {text, bold, italic, struck, link} or {isBreak}. */
function runsOf(node, held) {
  // A blank that may not break is one where somebody set it between words; browsers copy others so, at the ends of a text.
  if (node.nodeType === 3) return [{ ...held, text: node.data.replace(/^[\s\u00a0]+|[\s\u00a0]+$|[ \t\r\n\f\u00a0]{2,}|[\t\r\n\f]/g, " ") }];
  if (isSilent(node) || node.nodeType !== 1) return [];
  const { localName: name } = node;
  if (name === "br") return [{ isBreak: true }];
  if (name === "img") return picture(node, held);
  if (/^(?:code|tt|samp)$/.test(name)) return code(node, held);
  const now = { ...held, ...styled(node, held) };
  if (name === "a") now.link = destination(node.getAttribute("href")) || held.link;
  const runs = [...node.childNodes].flatMap((child) => runsOf(child, now));
  if (BLOCK.test(name)) return [...runs, { ...held, text: " " }];
  return KEPT.test(name) ? rich([{ ...held, ready: `<${name}>` }, ...runs, { ...held, ready: `</${name}>` }]) : runs;
}

function styled(node, held) {
  const css = style(node);
  const made = {};
  const weight = css.match(/font-weight:\s*(\w+)/)?.[1] ?? (/^(?:b|strong)$/.test(node.localName) ? "bold" : "");
  if (weight && held.bold !== false) made.bold = weight === "bold" || weight === "bolder" || Number(weight) >= 600 || undefined;
  const slant = css.match(/font-style:\s*(\w+)/)?.[1] ?? (/^(?:i|em)$/.test(node.localName) ? "italic" : "");
  if (slant) made.italic = slant !== "normal" || undefined;
  if (/^(?:s|del|strike)$/.test(node.localName) || /text-decoration[^;]*line-through/.test(css)) made.struck = true;
  return made;
}

function code(node, held) {
  const text = node.textContent.replace(/\s+/g, " ");
  if (!text.trim()) return [{ ...held, text }];
  const fence = "`".repeat(1 + Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)));
  const blank = /^`|`$/.test(text) || /^ .* $/.test(text) ? " " : "";
  return rich([{ ...held, ready: fence + blank + text + blank + fence }]);
}

/** Our own pictures stay pictures; those of other sites become links to them, as they would when the post is shown. */
function picture(node, held) {
  const address = destination(node.getAttribute("src"));
  const label = (node.getAttribute("alt") ?? "").replace(/\s+/g, " ").trim();
  if (address.startsWith("/media/")) return rich([{ ...held, ready: `![${label.replace(/[\\[\]]/g, "\\$&")}](${address})` }]);
  if (!address || held.link) return label ? [{ ...held, text: label }] : [];
  return [{ ...held, text: label || address.split(/[?#]/)[0].split("/").at(-1) || address, link: address }];
}

/** Where a link leads, without the detour that Google Docs puts before it; "" for what is no address of the web. */
function destination(href) {
  const url = href?.trim() && !href.startsWith("#") && urlOf(href);
  if (!url || !/^(?:https?|mailto):$/.test(url.protocol)) return "";
  const meant = url.hostname.endsWith("google.com") && url.pathname === "/url" && url.searchParams.get("q");
  if (meant) return destination(meant);
  return target(url.origin === location.origin ? url.href.slice(url.origin.length) : href.trim());
}

/** A line of runs as Markdown. */
function write(runs) {
  const joined = [];
  const isAlike = (one, other) => ["bold", "italic", "struck", "link"].every((name) => Boolean(one[name]) === Boolean(other[name]) && (name !== "link" || one.link === other.link));
  for (const run of runs) {
    if (run.text === "") continue;
    const last = joined.at(-1);
    const ready = run.ready ?? null;
    if (last && isAlike(last, run)) last.parts.push({ text: run.text, ready });
    else joined.push({ ...run, parts: [{ text: run.text, ready }] });
  }
  return group(joined, ["link", "struck", "bold", "italic"], "");
}

/** Runs that share a mark stand in one pair of it. */
function group(runs, [mark, ...inner], before) {
  if (!mark) return runs.flatMap(({ parts }) => parts).map(({ ready, text }) => ready ?? escape(text)).join("");
  let made = "";
  for (let first = 0; first < runs.length;) {
    let last = first + 1;
    while (last < runs.length && (runs[last][mark] || "") === (runs[first][mark] || "")) last += 1;
    const text = group(runs.slice(first, last), inner, before + made);
    const isMarked = runs[first][mark];
    const after = runs[last] ? runs[last].parts[0].text?.[0] ?? runs[last].parts[0].ready?.[0] ?? "" : "";
    if (!isMarked) made += text;
    else if (mark === "link") made = made.replace(/(?<!\\)[!^]$/, "\\$&") + linked(text, isMarked);
    else made += marked(text, MARKS[mark], (before + made).at(-1) ?? " ", after || " ");
    first = last;
  }
  return made;
}

function linked(text, address) {
  if (!text.trim()) return text;
  isRich = true;
  if (text.replace(/\\(?=[!-/:-@[-`{-~])/g, "") === address && /^https?:/.test(address)) return `<${address}>`;
  const [, blank, words, rest] = text.match(/^(\s*)(.*?)(\s*)$/s);
  return `${blank}[${words}](${address})${rest}`;
}

/** Words between marks; between tags where the signs beside them would keep the marks from being read. */
function marked(text, [sign, tag], before, after) {
  const [, blank, words, rest] = text.match(/^(\s*)(.*?)(\s*)$/s);
  if (!words) return text;
  isRich = true;
  const isApart = (letter) => /[\s\p{P}\p{S}]/u.test(letter);
  const bare = words.replace(/^[*~]+|[*~]+$/g, "");
  const opens = !isApart(bare[0]) || blank || isApart(before);
  const closes = !isApart(bare.at(-1)) || rest || isApart(after);
  const clashes = !blank && before === sign[0];
  return opens && closes && !clashes ? blank + sign + words + sign + rest : `${blank}<${tag}>${words}</${tag}>${rest}`;
}

/** Words with a backslash before whatever Markdown would read as something else. */
function escape(text) {
  return text.replace(
    /\\(?![\p{L}\p{N}])|[`*[\]]|<(?=[a-z/!?])|&(?=#?\w+;)|\{(?=[.#])|[~$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/giu,
    (sign) => (sign === "$" && !hasFormulas ? sign : `\\${sign}`),
  );
}

function escapeLines(text) {
  return text.replace(LINE_START, (all, blank, mark) => (/^\d/.test(mark) ? `${all}\\` : mark === "|" && isInTable ? all : `${blank}\\${mark}`));
}

/** The paragraphs that Word marks as items become lists, by their levels. */
function gatherWordLists(body) {
  const items = [...body.querySelectorAll("p[data-style*=mso-list]")].filter((one) => /level\d/.test(style(one)));
  let open = []; // the lists that are open, outermost first
  let last = null;
  for (const item of items) {
    const level = Number(style(item).match(/level(\d)/)[1]);
    const sign = [...item.querySelectorAll("[data-style*=mso-list]")].find((one) => /ignore/.test(style(one)));
    const name = /^\s*\(?(?:\d+|[a-z]{1,4})[.)]/i.test(sign?.textContent ?? "") ? "ol" : "ul";
    let before = item.previousSibling;
    while (before && before.nodeType !== 1 && !(before.nodeType === 3 && before.data.trim())) before = before.previousSibling;
    if (!last || before !== open[0]) open = [];
    sign?.remove();
    open.length = Math.min(open.length, level);
    if (open.length === level && open.at(-1).localName !== name) open.pop();
    while (open.length < level) {
      const list = body.ownerDocument.createElement(name);
      if (open.length) (open.at(-1).lastElementChild ?? open.at(-1)).append(list);
      else item.before(list);
      open.push(list);
    }
    const entry = body.ownerDocument.createElement("li");
    entry.append(...item.childNodes);
    open.at(-1).append(entry);
    item.remove();
    last = entry;
  }
}
