// What all that types into a field shares. Nothing here is kept between two calls.

/** Type `text` over a stretch of a field, so that one Undo takes it back; then `from` to `to` is marked (or the caret stands behind it). */
export function put(field, start, end, text, from = start + text.length, to = from) {
  field.focus();
  field.setSelectionRange(start, end);
  const command = text ? "insertText" : "delete";
  if (start !== end || text) if (!document.execCommand(command, false, text)) field.setRangeText(text, start, end, "end");
  field.setSelectionRange(from, to);
}

/** What parts a block from the text before it. */
export function gap(value, start) {
  const before = value.slice(0, start);
  return !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
}

/** True if a place in a Markdown text is inside a fenced block of code. */
export function isCode(value, place) {
  let fence = "";
  for (const line of value.slice(0, place).split("\n").slice(0, -1)) {
    const [, mark, rest] = line.match(/^[ >]*(`{3,}|~{3,})(.*)$/) ?? [];
    if (!mark) continue;
    if (!fence) fence = mark;
    else if (mark.startsWith(fence) && !rest.trim()) fence = "";
  }
  return Boolean(fence);
}

/** Say at the foot of the tools what could not be done, until something is typed. */
export function complain(tools, reason) {
  const line = Object.assign(document.createElement("p"), { className: "error", role: "alert", textContent: reason });
  tools.after(line);
  tools.text.addEventListener("input", () => line.remove(), { once: true });
}
