// The page: its parts, its language, and what it learns of the account.

import { account } from "./account.js";
import { listen } from "./api.js";
import { calls } from "./calls.js";
import { attempt, make } from "./dom.js";
import { inbox } from "./inbox.js";
import { phone } from "./phone.js";
import { prepare, soundOn, switchSound } from "./speech.js";
import { choose, current, t } from "./words.js";

const PARTS = { phone, inbox, calls, account };
let changes = {};
let unread = 0;

const part = () => {
  const name = location.hash.slice(1);
  return name in PARTS ? name : "phone";
};

async function show() {
  const name = part();
  const view = document.getElementById("view");
  changes = {};
  if (name === "inbox") unread = 0;
  frame();
  view.replaceChildren();
  const mine = make("div", { class: "view" });
  view.append(mine);
  const handlers = await attempt(() => PARTS[name](mine))();
  // The user may have gone to another part meanwhile.
  if (mine.isConnected) changes = handlers ?? {};
}

/** Draws what is around the part that is shown. */
function frame() {
  document.documentElement.lang = current();
  document.title = `${t(part())} – ${t("brand")}`;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = t(element.dataset.word);
  const tabs = document.getElementById("tabs");
  tabs.setAttribute("aria-label", t("tabs"));
  const focused = document.activeElement?.dataset?.part;
  tabs.replaceChildren(...Object.keys(PARTS).map((name) => {
    const link = make("a", { href: `#${name}`, "aria-current": part() === name ? "page" : null, text: t(name), "data-part": name });
    if (name === "inbox" && unread > 0) link.append(make("span", { class: "badge", text: String(unread) }));
    return link;
  }));
  if (focused) tabs.querySelector(`[data-part="${focused}"]`)?.focus();
  const language = make("select", { id: "language", "aria-label": t("language") },
    make("option", { value: "ja", text: "日本語", lang: "ja" }), make("option", { value: "en", text: "English", lang: "en" }));
  language.value = current();
  language.addEventListener("change", () => {
    choose(language.value);
    show();
    document.getElementById("language").focus();
  });
  const sound = make("input", { type: "checkbox", role: "switch", id: "sound" });
  sound.checked = soundOn();
  sound.addEventListener("change", () => switchSound(sound.checked));
  document.getElementById("settings").replaceChildren(
    make("label", { class: "switch" }, sound, make("span", { text: t("sound") })), language);
}

prepare();
addEventListener("hashchange", show);
// What happened in a terminal meanwhile.
addEventListener("focus", () => attempt(() => changes.focus?.())());
listen({
  calls: () => attempt(() => changes.calls?.())(),
  messages: async () => {
    if (part() !== "inbox") {
      unread += 1;
      frame();
    }
    await attempt(() => changes.messages?.())();
  },
});
show();
