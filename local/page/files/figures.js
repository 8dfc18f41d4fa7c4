// Metrics as small plots, and alarms.

import { get } from "./api.js";
import { make } from "./dom.js";
import { current, t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [180, 36];
/** The short forms of CloudWatch's units of time; a metric with one of them is shown by its average. */
const TIMES = { Seconds: "s", Milliseconds: "ms", Microseconds: "µs" };
/** Those that need somebody come first. */
const STATES = ["ALARM", "INSUFFICIENT_DATA", "OK"];

export async function figures(root) {
  const plots = make("div", { class: "plots" });
  const alarms = make("ul", { class: "alarms" });
  root.append(plots, make("h3", { text: t("alarms") }), alarms);
  const refresh = async () => {
    const found = await get("/_local/figures");
    const metrics = gathered(found);
    const drawn = metrics.filter((metric) => metric.parts.length > 0);
    const parts = drawn.flatMap((metric) => metric.parts);
    plots.replaceChildren(...drawn.map((metric) => plot(metric, parts)));
    const still = metrics.length - drawn.length;
    if (metrics.length === 0) plots.append(make("p", { class: "empty", text: t("noFigures") }));
    if (still > 0) plots.append(make("p", { class: "hint", text: t("zeroFigures", { count: still }) }));
    const byState = (one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state);
    alarms.replaceChildren(...found.alarms.sort(byState).map(alarm));
    if (found.alarms.length === 0) alarms.append(make("li", { class: "empty", text: t("noAlarms") }));
  };
  await refresh();
  return refresh;
}

function alarm({ name, state, reason }) {
  return make("li", { class: "alarm" },
    make("span", { class: `alarm-state state-${state.toLowerCase()}`, text: t(`alarm${state}`) }),
    make("span", {}, name, state === "ALARM" ? make("span", { class: "minor", text: reason }) : null));
}

/** The metrics by their names: sums of each minute, and each combination of dimensions that is not 0 throughout. */
function gathered({ series, from, period, points }) {
  const metrics = new Map();
  for (const one of series) {
    const name = `${one.region} ${one.namespace} ${one.name}`;
    const metric = metrics.get(name) ?? { name: one.name, time: TIMES[one.unit], sums: new Array(points).fill(0), parts: [] };
    metrics.set(name, metric);
    const total = { sum: 0, count: 0, dimensions: one.dimensions ?? [] };
    one.times.forEach((time, index) => {
      const at = Math.floor((time - from) / period);
      if (at < 0 || at >= points) return;
      metric.sums[at] += one.values[index];
      total.sum += one.values[index];
      total.count += one.counts[index];
    });
    if (total.sum !== 0) metric.parts.push(total);
  }
  const all = [...metrics.values()];
  // Counts first: they tell how calls ended.
  return [...all.filter((metric) => !metric.time), ...all.filter((metric) => metric.time)];
}

function plot(metric, parts) {
  const of = (parts) => {
    const sum = parts.reduce((all, one) => all + one.sum, 0);
    const count = parts.reduce((all, one) => all + one.count, 0);
    const shown = metric.time ? sum / Math.max(count, 1) : sum;
    const number = new Intl.NumberFormat(current(), { maximumFractionDigits: metric.time ? 0 : 2 }).format(shown);
    return metric.time ? `${number} ${metric.time}` : number;
  };
  // A dimension that is the same everywhere says nothing.
  const same = ({ Name, Value }) => parts.every((part) => (
    part.dimensions.some((one) => one.Name === Name && one.Value === Value)));
  const label = (part) => part.dimensions.filter((one) => !same(one)).map((one) => one.Value).join(" · ");
  const whole = of(metric.parts);
  return make("figure", { class: "plot" },
    make("figcaption", {}, make("b", { text: metric.name })),
    bars(metric.sums, t(metric.time ? "figureMean" : "figureSum", { name: metric.name, value: whole })),
    make("span", { class: "sum", text: whole }),
    make("ul", { class: "parts" }, ...metric.parts.map((part) => (
      make("li", {}, label(part), metric.parts.length > 1 ? make("b", { text: of([part]) }) : null)))));
}

function bars(sums, name) {
  const most = Math.max(...sums);
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", name);
  const wide = WIDTH / sums.length;
  sums.forEach((value, index) => {
    const bar = document.createElementNS(SVG, "rect");
    const height = value <= 0 ? 1 : Math.max(3, (value / most) * HEIGHT);
    const facts = { x: index * wide, y: HEIGHT - height, width: wide - 0.8, height, class: value <= 0 ? "none" : "some" };
    for (const [fact, content] of Object.entries(facts)) bar.setAttribute(fact, content);
    drawing.append(bar);
  });
  return drawing;
}
