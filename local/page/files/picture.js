// Takes pictures of flows from the account. Their texts are those of the flow, so that nothing but what a
// picture consists of is let in.

const SVG = "http://www.w3.org/2000/svg";
const ELEMENTS = new Set(["svg", "title", "desc", "g", "rect", "path", "text"]);
const ATTRIBUTES = new Set([
  "class", "role", "tabindex", "viewBox", "width", "height", "x", "y", "rx", "d", "fill", "stroke",
  "stroke-dasharray", "stroke-dashoffset", "font-family", "font-size", "font-weight", "text-anchor", "xmlns",
  "data-block", "data-kind", "data-branch", "data-target",
]);

/** Reads a picture; throws if it has anything that a picture does not consist of. */
export function readPicture(text) {
  const read = new DOMParser().parseFromString(text, "image/svg+xml");
  const root = read.documentElement;
  for (const element of [root, ...root.querySelectorAll("*")]) {
    if (element.namespaceURI !== SVG || !ELEMENTS.has(element.localName)) {
      throw new Error(`a picture must not have the element ${element.nodeName}`);
    }
    for (const attribute of element.attributes) {
      if (!ATTRIBUTES.has(attribute.name)) {
        throw new Error(`a picture must not have the attribute ${attribute.name}`);
      }
    }
  }
  return document.importNode(root, true);
}

/** Asks for the picture of a flow, with the first steps of a call. */
export async function loadPicture(flow, contact, steps) {
  const query = new URLSearchParams(contact ? { contact, steps } : {});
  const answer = await fetch(`/_local/flows/${encodeURIComponent(flow)}/picture?${query}`);
  if (!answer.ok) throw new Error((await answer.json()).message);
  return readPicture(await answer.text());
}
