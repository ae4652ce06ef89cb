// The page of a training: asks every two seconds what is new, keeps it, and draws it. What the lines of a training
// mean is said in events.py; nothing of the training is decided here.
"use strict";

const POLL_MILLISECONDS = 2000;
const MOST_ALERTS = 5;
const $ = (id) => document.getElementById(id);
const number = (value, digits = 3) => value.toLocaleString("en", { maximumSignificantDigits: digits });
const whole = (value) => Math.round(value).toLocaleString("en");
const million = (tokens) => (tokens / 1e6).toFixed(2);

let training = nothing();
const charts = new Map();

function nothing() {
  return { run: "", to: 0, begin: null, end: null, moments: [], figures: [], alerts: [], samples: [], isRunning: false, now: 0 };
}

// --- what is known

function take(state) {
  if (state.run !== training.run || state.from === 0) {
    training = { ...nothing(), run: state.run };
    $("latest").replaceChildren();
    $("older").replaceChildren();
  }
  for (const event of state.events) takeEvent(event);
  Object.assign(training, { to: state.to, samples: state.samples, isRunning: state.is_running, now: state.now });
}

function takeEvent(event) {
  if (event.kind === "begin") Object.assign(training, { begin: event, end: null });
  else if (event.kind === "end") training.end = event;
  else if (event.kind === "alert") training.alerts.push(event);
  else {
    // A run that was killed takes some steps again: what was known of later tokens is void.
    const { moments, figures } = training, { tokens_seen: tokens } = event;
    while (moments.length && moments.at(-1).tokens_seen + (event.kind === "moment") > tokens) moments.pop();
    while (figures.length && figures.at(-1).tokens_seen > tokens) figures.pop();
    if (event.kind === "moment") moments.push(event);
    else if (figures.at(-1)?.tokens_seen === tokens) Object.assign(figures.at(-1).figures, event.figures);
    else figures.push(event);
  }
}

const last = () => training.moments.at(-1);
const column = (rows, pick) => rows.map((row) => pick(row) ?? null);

// --- words

function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.max(1, Math.round(seconds))} s`;
  if (minutes < 60) return `${minutes} min ${String(Math.round(seconds % 60)).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

// Validations and samples take time too, so what is left is told by the clock since this process began.
function secondsLeft() {
  const first = training.moments.find((one) => one.at >= training.begin.at), here = last();
  if (!first || here.tokens_seen <= first.tokens_seen) return null;
  const speed = (here.tokens_seen - first.tokens_seen) / (here.at - first.at);
  return Math.max(0, (here.num_tokens - here.tokens_seen) / speed - Math.max(0, training.now - here.at));
}

function headline() {
  if (training.isRunning) return "A model is learning";
  if (training.end?.status === "finished") return "The model has learned";
  return training.end?.status === "failed" ? "The training has failed" : "The training was stopped";
}

function lead() {
  const here = last();
  if (!here) return training.isRunning ? "It reads the corpus; the first steps come soon." : "";
  const share = Math.floor((100 * here.tokens_seen) / here.num_tokens);
  const done = `${million(here.tokens_seen)} of ${million(here.num_tokens)} million tokens, ${share} %`;
  if (!training.isRunning) return training.end?.status === "finished" ? `${done}.` : `${done}. dvc repro goes on from the last saved state.`;
  const left = secondsLeft();
  return left === null ? `${done}.` : `${done}. About ${duration(left)} left.`;
}

function tiles() {
  const here = last(), bits = column(training.figures, (one) => one.figures.validation_bits_per_note).filter((one) => one !== null);
  const found = [];
  if (bits.length) found.push(["bits/note of validation, best " + number(Math.min(...bits), 4), number(bits.at(-1), 4), ""]);
  const quality = training.figures.findLast((one) => one.figures.sample_quality !== undefined);
  if (quality) found.push(["sample quality, from 0 to 1", number(quality.figures.sample_quality, 2), ""]);
  if (here) {
    found.push(["rounds of " + whole(here.num_files) + " pieces, " + whole(here.num_versions) + " variations", here.epoch.toFixed(2), ""]);
    found.push(["tokens a second, " + number(here.samples_per_second) + " windows", whole(here.tokens_per_second), ""]);
    found.push(["memory", (here.memory_bytes / 1e9).toFixed(2), "GB"]);
    if (here.gpu_memory_bytes !== null) {
      const busy = here.gpu_utilization === null ? "" : `, ${Math.round(100 * here.gpu_utilization)} % busy`;
      found.push(["GPU memory" + busy, (here.gpu_memory_bytes / 1e9).toFixed(1), "GB"]);
    }
  }
  return found;
}

// --- drawing

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function element(tag, content = {}, ...children) {
  const made = Object.assign(document.createElement(tag), content);
  made.append(...children);
  return made;
}

function chart(place, key, title, isWide = false) {
  if (!charts.has(key)) {
    const value = element("output"), plot = element("div", { className: "plot" });
    plot.setAttribute("role", "img");
    const caption = element("figcaption", {}, element("h3", { textContent: title }), value);
    const figure = element("figure", { className: isWide ? "chart wide" : "chart" }, caption, plot);
    figure.dataset.chart = key;
    $(place).append(figure);
    charts.set(key, { figure, value, plot });
  }
  return charts.get(key);
}

function draw(place, key, title, traces, { unit = "", zero = false, isWide = false, digits = 3 } = {}) {
  const shown = traces.filter((trace) => trace.y.some((value) => value !== null));
  if (charts.has(key)) charts.get(key).figure.hidden = !shown.length;
  if (!shown.length) return;
  const { value, plot } = chart(place, key, title, isWide);
  const main = shown.at(-1), newest = main.y.findLast((one) => one !== null);
  value.replaceChildren(number(newest, digits), ...(unit ? [element("span", { textContent: " " + unit })] : []));
  plot.setAttribute("aria-label", `${title}: ${number(newest, digits)} ${unit}`);
  const styled = shown.map((trace) => ({
    type: "scatter", mode: trace.points ? "lines+markers" : "lines", x: trace.x, y: trace.y, name: trace.name,
    line: { color: css(trace.faint ? "--faint" : "--accent"), width: trace.faint ? 1 : 2 }, marker: { size: 5 },
    hovertemplate: "%{y:.4~g}", connectgaps: true,
  }));
  Plotly.react(plot, styled, layout({ zero, hasLegend: shown.length > 1, isWide }), { displayModeBar: false, responsive: true });
}

function layout({ zero, hasLegend, isWide }) {
  const axis = { gridcolor: css("--grid"), linecolor: css("--line"), zeroline: false, automargin: true, fixedrange: false,
    tickfont: { size: 11 }, nticks: isWide ? 8 : 5 };
  return {
    margin: { l: 8, r: 8, t: hasLegend ? 22 : 6, b: 8 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: css("--sans"), color: css("--muted"), size: 12 }, hovermode: "x unified", uirevision: training.run,
    hoverlabel: { bgcolor: css("--card"), bordercolor: css("--line"), font: { color: css("--ink") } }, showlegend: hasLegend,
    legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", font: { size: 11 } },
    xaxis: { ...axis, title: isWide ? { text: "million tokens", font: { size: 11 } } : undefined, hoverformat: ".3f" },
    yaxis: { ...axis, rangemode: zero ? "tozero" : "normal" },
  };
}

// The mean of about a fortieth of the points, so that a noisy line can be read.
function smooth(values) {
  const width = Math.max(1, Math.floor(values.length / 40));
  return values.map((_, index) => {
    const near = values.slice(Math.max(0, index - width), index + width + 1).filter((one) => one !== null);
    return near.length ? near.reduce((sum, one) => sum + one, 0) / near.length : null;
  });
}

function live(place, key, title, pick, options = {}) {
  const x = column(training.moments, (one) => one.tokens_seen / 1e6), y = column(training.moments, pick);
  const traces = options.isNoisy ? [{ x, y, faint: true, name: "as measured" }, { x, y: smooth(y), name: "smoothed" }] : [{ x, y }];
  draw(place, key, title, traces, options);
}

function measured(names, faint = []) {
  const x = column(training.figures, (one) => one.tokens_seen / 1e6);
  return names.map((name) => ({
    x, y: column(training.figures, (one) => one.figures[name]), name: words(name), faint: faint.includes(name), points: true,
  }));
}

function words(name) {
  const plain = name.replace(/_nats_per_token$|_bits_per_note$/, "").replace(/^.*\/|^sample_/, "").replaceAll("_", " ");
  return plain === "train" ? "training" : plain;
}

const titled = (name) => words(name)[0].toUpperCase() + words(name).slice(1);
const LIKELIHOOD = ["train_nats_per_token", "validation_nats_per_token", "validation_bits_per_note"];
const SAMPLE = /^sample_/;
const SHOWN_STEP_BY_STEP = ["gradient_norm", "gradient_norm_max"];

function drawAll() {
  const both = measured(["train_nats_per_token", "validation_nats_per_token"], ["train_nats_per_token"]);
  draw("learning", "nats", "Nats/token of validation, and while training", both, { isWide: true, digits: 4 });
  draw("learning", "bits", "Bits/note of validation", measured(["validation_bits_per_note"]), { digits: 4 });
  const losses = new Set(training.moments.flatMap((one) => Object.keys(one.losses)));
  for (const name of losses) live("learning", "loss-" + name, titled(name), (one) => one.losses[name], { isNoisy: true });
  const others = [...new Set(training.figures.flatMap((one) => Object.keys(one.figures)))]
    .filter((name) => ![...LIKELIHOOD, ...SHOWN_STEP_BY_STEP].includes(name))
    .filter((name) => name !== "rate_scale" || training.figures.some((one) => one.figures.rate_scale < 1));
  for (const name of others) draw(SAMPLE.test(name) ? "quality" : "learning", "figure-" + name, titled(name), measured([name]));
  $("quality-section").hidden = !others.some((name) => SAMPLE.test(name));
  live("learning", "rate", "Learning rate", (one) => one.learning_rate, { zero: true });
  live("learning", "gradient", "Norm of the gradient", (one) => one.gradient_norm, { isNoisy: true, zero: true });
  live("machine", "speed", "Tokens a second", (one) => one.tokens_per_second, { isNoisy: true, zero: true, digits: 4 });
  live("machine", "waiting", "Waiting for data", (one) => 100 * one.loading_share, { unit: "%", isNoisy: true, zero: true });
  live("machine", "memory", "Memory", (one) => one.memory_bytes / 1e9, { unit: "GB", zero: true });
  live("machine", "gpu-memory", "GPU memory", (one) => one.gpu_memory_bytes && one.gpu_memory_bytes / 1e9, { unit: "GB", zero: true });
  live("machine", "gpu", "GPU busy", (one) => one.gpu_utilization && 100 * one.gpu_utilization, { unit: "%", zero: true });
}

// --- samples

function sampleCard(name) {
  const [tokens, index] = name.split("-"), base = `samples/${training.run}/${name}`;
  const title = `After ${million(Number(tokens))} million tokens, piece ${Number(index) + 1}`;
  const player = element("audio", { controls: true, preload: "none", src: base + ".mp3" });
  player.setAttribute("aria-label", title);
  player.addEventListener("error", () => player.replaceWith(element("p", { className: "quiet", textContent: "No note to hear." })));
  const roll = element("img", { src: base + ".svg", loading: "lazy", alt: "Piano roll: pitch upwards, time to the right" });
  roll.addEventListener("error", () => roll.remove());
  const midi = element("a", { href: base + ".mid", download: name + ".mid", textContent: "MIDI file" });
  const head = element("header", {}, element("h3", { textContent: title }), midi);
  const card = element("article", { className: "sample" }, head, player, element("div", { className: "roll" }, roll));
  card.dataset.sample = name;
  return card;
}

// Cards that are there stay as they are, so that a player plays on; those that are no longer the latest move down.
function drawSamples() {
  const newest = training.samples.at(-1)?.split("-")[0];
  for (const name of training.samples) {
    if (document.querySelector(`[data-sample="${name}"]`)) continue;
    $("latest").append(sampleCard(name));
  }
  for (const card of [...$("latest").children]) {
    if (!card.dataset.sample.startsWith(newest + "-")) $("older").prepend(card);
  }
  $("samples-section").hidden = !training.samples.length;
  $("earlier").hidden = !$("older").children.length;
}

// --- all of it

function drawWords() {
  $("title").textContent = headline();
  $("lead").textContent = lead();
  document.title = `${headline()} · Aurl`;
  const here = last();
  $("progress").hidden = !here;
  if (here) $("progress").value = here.tokens_seen / here.num_tokens;
  const found = tiles();
  $("tiles").hidden = !found.length;
  $("tiles").replaceChildren(...found.map(([what, value, unit]) => element("div", {}, element("dt", { textContent: what }),
    element("dd", {}, value, ...(unit ? [element("span", { textContent: " " + unit })] : [])))));
  $("alerts").replaceChildren(...training.alerts.slice(-MOST_ALERTS).reverse().map((alert) => element("li", {},
    element("time", { textContent: new Date(1000 * alert.at).toLocaleTimeString("en-GB") }), alert.text)));
  const settings = Object.entries(training.begin?.settings ?? {});
  $("settings-section").hidden = !settings.length;
  if ($("settings").children.length !== settings.length) {
    $("settings").replaceChildren(...settings.map(([name, value]) => element("div", {}, element("dt", { textContent: name }),
      element("dd", { textContent: Array.isArray(value) ? value.join(", ") : String(value) }))));
  }
  $("foot").textContent = `Run ${training.run}. This page is served by aurl watch on this machine and asks nothing of the network.`;
}

function show() {
  $("main").hidden = !training.moments.length && !training.figures.length;
  drawWords();
  if (!$("main").hidden) drawAll();
  drawSamples();
}

async function poll() {
  try {
    const answer = await fetch(`state?run=${training.run}&from=${training.to}`);
    const state = await answer.json();
    if (state.run === null) {
      $("title").textContent = "No training yet";
      $("lead").textContent = "dvc repro train starts one; this page will notice.";
    } else {
      const isNews = state.run !== training.run || state.events.length || state.is_running !== training.isRunning
        || state.samples.length !== training.samples.length;
      take(state);
      if (isNews && !document.hidden) show();
      else if (training.isRunning) drawWords();
    }
  } catch {
    $("lead").textContent = "aurl watch no longer answers; what is below is the last it told.";
  }
  setTimeout(poll, POLL_MILLISECONDS);
}

document.addEventListener("play", (event) => {
  for (const player of document.querySelectorAll("audio")) if (player !== event.target) player.pause();
}, true);
document.addEventListener("visibilitychange", () => document.hidden || show());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
poll();
