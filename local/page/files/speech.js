// Speaks prompts, with voices of this computer alone: others send the text to a server.

import { keep, kept } from "./words.js";

const KEPT = "sound";
let on = kept(KEPT) === "on";

export const soundOn = () => on;

export function switchSound(value) {
  on = value;
  keep(KEPT, on ? "on" : "off");
  if (!on) hush();
}

/** The voice of this computer for a language, such as ja-JP; null if there is none. */
export function voiceFor(language) {
  const speech = window.speechSynthesis;
  if (!speech || !language) return null;
  const local = speech.getVoices().filter((voice) => voice.localService);
  const same = (voice) => voice.lang.replace("_", "-").toLowerCase();
  const wanted = language.toLowerCase();
  const primary = wanted.split("-")[0];
  return local.find((voice) => same(voice) === wanted)
    ?? local.find((voice) => same(voice).split("-")[0] === primary)
    ?? null;
}

/** The words of a prompt: SSML without its tags. */
export function plain(text) {
  if (!text.trimStart().startsWith("<speak")) return text;
  const read = new DOMParser().parseFromString(text, "application/xml");
  return read.querySelector("parsererror") ? text : read.documentElement.textContent.trim();
}

/** Speaks a text to its end. */
export function speak(text, voice) {
  return new Promise((done) => {
    const spoken = new SpeechSynthesisUtterance(plain(text));
    spoken.voice = voice;
    spoken.lang = voice.lang;
    spoken.addEventListener("end", done);
    spoken.addEventListener("error", done);
    window.speechSynthesis.speak(spoken);
  });
}

/** Stops speaking, as when a key is pressed. */
export function hush() {
  if (window.speechSynthesis) window.speechSynthesis.cancel();
}

/** Has the browser load its voices, which some do only when asked. */
export function prepare() {
  if (window.speechSynthesis) window.speechSynthesis.getVoices();
}
