// Makes elements. Texts are always texts: nothing here reads markup.

/** Makes an element with properties and children; a child may be a text. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else if (name === "class") {
      element.className = value;
    } else if (name === "text") {
      element.textContent = value;
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Makes a button. */
export function button(text, handler, properties = {}) {
  return make("button", { type: "button", text, on: { click: handler }, ...properties });
}

let hiding;

/** Shows a sentence at the foot of the page for a while, and reads it out. */
export function notify(sentence) {
  const notice = document.getElementById("notice");
  notice.textContent = sentence;
  notice.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { notice.hidden = true; }, 8000);
}

/** Runs a handler; what it throws is shown as a sentence. */
export function attempt(handler) {
  return async (...values) => {
    try {
      return await handler(...values);
    } catch (error) {
      notify(error.message);
      return undefined;
    }
  };
}

/** Saves a text as a file of the user. */
export function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
