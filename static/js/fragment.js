// The one place where HTML becomes nodes of the page. What comes in was sanitised by our server; whatever could act is left out all the same.

const ACTING = "script, style, link, meta, base, iframe, frame, object, embed, form, template, noscript, portal, audio, video";

/** A text as HTML, in a document of its own in which nothing runs or loads. */
export const parse = (html) => new DOMParser().parseFromString(html, "text/html").body;

/** What stands in a text of HTML, to be put into the page: nothing in it runs, links lead into new windows, pictures are our own. */
export function nodesOf(html) {
  const body = parse(html);
  for (const element of body.querySelectorAll(ACTING)) element.remove();
  for (const element of [...body.querySelectorAll("*")]) {
    for (const { name } of [...element.attributes]) if (name.startsWith("on") || name === "style" || name === "autofocus") element.removeAttribute(name);
    for (const name of ["src", "srcset"]) if (element.hasAttribute(name) && !isOurs(element.getAttribute(name))) element.removeAttribute(name);
    if (element.localName === "a") lead(element);
    if (element.localName.includes("-")) element.replaceWith(...element.childNodes);
  }
  const nodes = document.createDocumentFragment();
  nodes.append(...[...body.childNodes].map((node) => document.adoptNode(node)));
  return nodes;
}

/** True for addresses on this site alone; of a srcset, for all of them. */
function isOurs(addresses) {
  return addresses.split(",").every((part) => /^\/(?![/\\])/.test(part.trim()));
}

function lead(link) {
  const address = link.getAttribute("href") ?? "";
  if (/^(javascript|data|vbscript):$/.test(link.protocol)) link.removeAttribute("href");
  else if (!address.startsWith("#")) Object.assign(link, { target: "_blank", rel: "noopener" });
}
