// The language of the page.

import { words as en } from "./words.en.js";
import { words as ja } from "./words.ja.js";

const DICTIONARIES = { en, ja };
const KEPT = "language";

let language = kept(KEPT) ?? (navigator.language.startsWith("ja") ? "ja" : "en");
if (!(language in DICTIONARIES)) language = "en";

/** A choice of the user, if the browser keeps any. */
export function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keeps a choice of the user, if the browser keeps any. */
export function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // The choice then lasts as long as the page.
  }
}

export const current = () => language;

export function choose(code) {
  language = code;
  keep(KEPT, code);
}

/** The words of a name, with values filled in. */
export function t(name, values = {}) {
  const text = DICTIONARIES[language][name] ?? name;
  return text.replace(/\{(\w+)\}/g, (_, value) => values[value] ?? "");
}

/** The end of a call, in the words of the page where they are known. */
export function ended(how) {
  const known = {
    "the line hung up": "endLine",
    "the caller hung up": "endCaller",
    "the flow ended": "endFlow",
  };
  if (how in known) return t(known[how]);
  const [, number] = /^connected to (.+)$/.exec(how) ?? [];
  if (number) return t("endConnected", { number });
  const [, queue] = /^waiting in the queue (.+)$/.exec(how) ?? [];
  return queue ? t("endQueue", { queue }) : how;
}

/** A time of a call's clock as minutes and seconds. */
export function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A moment as the user's clock shows it. */
export function moment(text) {
  return new Date(text).toLocaleTimeString(language, { timeStyle: "medium", hourCycle: "h23" });
}
