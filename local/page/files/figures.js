// Metrics as small plots, and alarms.

import { get } from "./api.js";
import { make } from "./dom.js";
import { t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [180, 36];

export async function figures(root) {
  const plots = make("div", { class: "plots" });
  const alarms = make("ul", { class: "alarms" });
  root.append(plots, make("h3", { text: t("alarms") }), alarms);
  const refresh = async () => {
    const found = await get("/_local/figures");
    const drawn = found.series.filter((series) => series.values.length > 0);
    plots.replaceChildren(...drawn.map((series) => plot(series, found)));
    if (drawn.length === 0) plots.append(make("p", { class: "empty", text: t("noFigures") }));
    alarms.replaceChildren(...found.alarms.map((alarm) => make("li", { class: "alarm", title: alarm.reason },
      make("span", { class: `alarm-state ${alarm.state.toLowerCase()}`, text: t(`alarm${alarm.state}`) }),
      make("span", { text: alarm.name }))));
    if (found.alarms.length === 0) alarms.append(make("li", { class: "empty", text: t("noAlarms") }));
  };
  await refresh();
  return refresh;
}

function plot(series, { from, period, points }) {
  const sums = new Array(points).fill(0);
  series.times.forEach((time, index) => {
    const seconds = typeof time === "number" ? time : Date.parse(time) / 1000;
    const at = Math.floor((seconds - from) / period);
    if (at >= 0 && at < points) sums[at] += series.values[index];
  });
  const most = Math.max(...sums, 1);
  const drawing = document.createElementNS(SVG, "svg");
  const sum = Math.round(sums.reduce((all, one) => all + one, 0) * 100) / 100;
  const dimensions = (series.dimensions ?? []).map((one) => one.Value).join(" · ");
  drawing.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", t("figureSum", { name: series.name, sum }));
  sums.forEach((value, index) => {
    const bar = document.createElementNS(SVG, "rect");
    const height = value === 0 ? 1 : Math.max(3, (value / most) * HEIGHT);
    const wide = WIDTH / points;
    const facts = { x: index * wide, y: HEIGHT - height, width: wide - 0.8, height, class: value === 0 ? "none" : "some" };
    for (const [name, fact] of Object.entries(facts)) bar.setAttribute(name, fact);
    drawing.append(bar);
  });
  return make("figure", { class: "plot" },
    make("figcaption", {}, make("b", { text: series.name }), make("span", { class: "minor", text: dimensions })),
    drawing, make("span", { class: "sum", text: String(sum) }));
}
