/* The quiz player: the plain form of the page becomes one question at a time, saves by itself, survives a lost network
   and a reload, and hands in by itself when time is up. The server decides everything; this page only carries and shows. */

import { createClock, pageMoments, timeOfDay } from './clock.js';
import { createCourier } from './courier.js';
import { createJournal } from './journal.js';
import { createPaper } from './paper.js';
import { createPrediction } from './prediction.js';

const THRESHOLDS = [300, 60, 30]; // seconds left at which a screen reader is told
const SPREAD = 3000; // ms over which the hand-ins of one deadline are spread; the server's grace is 5 s
const STALE = 15000; // ms after which a page that comes back to the front asks for the time left

const root = document.querySelector('[data-quiz]');
const data = root.dataset;
const words = root.querySelector('[data-words]').dataset;
const find = (selector) => root.querySelector(selector);
const preview = 'preview' in data;
const lease = Number(data.lease);
const moments = pageMoments();
const clock = createClock(data.secondsLeft === '' ? null : Number(data.secondsLeft), moments.sent, moments.received);
const same = (a, b) => a.length === b.length && a.every((value) => b.includes(value));

let state = 'ready'; // what the save line says: ready, saved, sending, offline, busy, stopped, preview
let over = false; // time is up
let handing = false;
let ended = false; // this page saves no more
let lastHeard = performance.now();

function storage() {
  try { return preview ? null : window.localStorage; } catch (error) { return null; }
}

const journal = createJournal(data.attempt, lease, storage());

/* --- What is said ------------------------------------------------------------------------------------------------- */

function say(text, now) { find(now ? '[data-say-now]' : '[data-say]').textContent = text; }

function note(name, on) {
  const box = find(`[data-note="${name}"]`);
  const appears = on && box.hidden;
  box.hidden = !on;
  if (appears) { box.focus({ preventScroll: true }); box.scrollIntoView({ block: 'nearest' }); }
}

function timeLeft() {
  const left = Math.ceil(clock.left(performance.now()));
  return words.left.replace('{m}', Math.floor(left / 60)).replace('{s}', left % 60);
}

function saveText(kind, waiting) {
  if (kind === 'saved') { return words.saved.replace('{time}', timeOfDay(data.now, moments.received, lastHeard)); }
  if (kind === 'sending') { return words.saving; }
  if (kind !== 'offline' && kind !== 'busy') { return words[kind]; }
  if (handing) { return words.trying; }
  const text = waiting ? words[kind + (waiting === 1 ? 'One' : 'Many')].replace('{n}', waiting) : words[kind];
  return waiting && !journal.works ? words.unkept.replace('{state}', text) : text;
}

function show(kind, waiting) {
  const bad = kind === 'offline' || kind === 'busy';
  const was = state;
  const text = saveText(kind, waiting);
  state = kind;
  find('[data-save]').dataset.state = kind;
  find('[data-save-text]').textContent = text;
  find('[data-save] use').setAttribute('href', bad || kind === 'stopped' ? '#i-cloud-off' : '#i-cloud');
  if (bad && was !== kind) { say(text); }
  if (kind === 'saved' && (was === 'offline' || was === 'busy')) { say(words.back); }
}

/* --- Saving ------------------------------------------------------------------------------------------------------- */

const paper = createPaper(root, words, {
  chosen(position, choices) { if (!preview) { courier.choose(position, choices); } },
  flagged() { keep(); },
  tellTime() { if (clock.left(0) !== null) { say(timeLeft()); } },
});

const courier = createCourier({
  answerUrl: data.answerUrl,
  handInUrl: data.handInUrl,
  key: data.key,
  lease,
  sequence: Number(data.sequence),
  settled: new Map(paper.numbers.map((k) => [k, paper.choices(k)])),
  tell,
});

const box = find('[data-prediction]');
const prediction = box && createPrediction(box, words, {
  confirmed(text) { if (!preview) { courier.predict(text); } },
  typed() { keep(); },
});

function keep() {
  if (preview || ended) { return; }
  const unsent = courier.unsent();
  journal.keep({
    ...unsent,
    flags: paper.flags(),
    typed: prediction && !prediction.isSettled && prediction.typed ? prediction.typed : null,
    key: data.key,
    to: data.answerUrl,
  });
}

function lock(on) {
  paper.lock(on);
  if (prediction) { prediction.lock(on); }
  find('[data-submit]').disabled = on;
}

function stop(name) {
  ended = true;
  courier.stop();
  lock(true);
  show('stopped', 0);
  ['sure', 'handing', 'unreached', 'late', 'time-up'].forEach((other) => note(other, false));
  root.querySelectorAll('[data-passing]').forEach((el) => { el.hidden = true; }); // "the attempt goes on here" no longer holds
  note(name, true);
}

function leave(url) {
  ended = true;
  journal.clear();
  location.replace(url);
}

function tell(news) {
  if (ended) { return; }
  switch (news.kind) {
    case 'changed':
      if (state !== 'offline' && state !== 'busy') { show('sending', news.waiting); } else { show(state, news.waiting); }
      break;
    case 'sending':
      if (state !== 'offline' && state !== 'busy') { show('sending', news.waiting); }
      return;
    case 'heard':
      lastHeard = news.received;
      clock.hear(news.secondsLeft, news.sent, news.received);
      return;
    case 'saved':
      show('saved', 0);
      break;
    case 'offline':
    case 'busy':
      show(navigator.onLine === false ? 'offline' : news.kind, news.waiting);
      break;
    case 'prediction-refused':
      if (prediction) { paper.go(paper.last); prediction.refuse(news.sentence); }
      break;
    case 'superseded':
      keep();
      stop('superseded');
      return;
    case 'refused':
      keep();
      find('[data-refusal]').textContent = news.sentence;
      stop('refused');
      return;
    case 'closed':
      handIn(true);
      return;
    case 'unreached':
      show(navigator.onLine === false ? 'offline' : 'busy', news.waiting);
      note('handing', false);
      note('time-up', false);
      note(over ? 'late' : 'unreached', true);
      break;
    case 'back':
      handing = false;
      note('handing', false);
      note('unreached', false);
      lock(false);
      break;
    case 'hand-in-refused':
      if (news.code !== 'superseded' && over) { leave(data.resultUrl); return; }
      keep();
      find('[data-refusal]').textContent = news.sentence;
      stop(news.code === 'superseded' ? 'superseded' : 'refused');
      return;
    case 'handed-in':
      leave(news.receipt.url || data.resultUrl);
      return;
    default:
      break;
  }
  keep();
}

/* --- Handing in --------------------------------------------------------------------------------------------------- */

function handIn(late) {
  if (handing || ended) { return; }
  handing = true;
  over = over || late;
  lock(true);
  note('sure', false);
  note(late ? 'time-up' : 'handing', true);
  courier.handIn(late);
}

function wantsToHandIn(sure) {
  if (preview || handing || ended) { return; }
  const empty = paper.unanswered().length > 0;
  const open = Boolean(prediction) && !prediction.isSettled;
  if (!sure && (empty || open)) {
    find('[data-sure=left]').hidden = !empty;
    find('[data-sure=prediction]').hidden = !open;
    note('sure', false);
    note('sure', true);
    return;
  }
  handIn(false);
}

function timeIsUp() {
  over = true;
  if (preview || handing || ended) { return; }
  lock(true);
  note('time-up', true);
  courier.flush();
  setTimeout(() => handIn(true), Math.random() * SPREAD);
}

/* --- The clock ---------------------------------------------------------------------------------------------------- */

let shownLeft = null;
let nextTick = 0;
let lastTick = performance.now();
let lastWall = Date.now();

function tick() {
  clearTimeout(nextTick);
  const now = performance.now();
  const left = clock.left(now);
  // A device that slept is no witness: ask. Its own clock is only compared with itself, never shown.
  const awake = !ended && !preview && document.visibilityState === 'visible';
  if (awake && (now - lastTick > 5000 || Math.abs(Date.now() - lastWall - (now - lastTick)) > 2000)) { courier.ask(); }
  lastTick = now;
  lastWall = Date.now();
  if (left === null) { return; }
  const whole = Math.ceil(left);
  const two = (n) => String(n).padStart(2, '0');
  const text = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  find('[data-clock]').textContent = whole >= 3600 ? `${Math.floor(whole / 3600)}:${text}` : text;
  find('[data-timer]').classList.toggle('is-low', left < 60);
  THRESHOLDS.forEach((limit) => { if (shownLeft !== null && shownLeft > limit && whole <= limit && whole > 0) { say(timeLeft(), limit < 60); } });
  shownLeft = whole;
  if (left === 0) { if (!over) { timeIsUp(); } return; }
  nextTick = setTimeout(tick, (left % 1) * 1000 + 10);
}

/* --- Putting back what an earlier page had kept ------------------------------------------------------------------- */

function restore() {
  const left = journal.left();
  if (!left) { return; }
  const next = lease === left.lease + 1; // no other page was in between
  const conflicts = [];
  let restored = 0;
  Object.keys(left.choices).map(Number).forEach((k) => {
    if (!paper.numbers.includes(k)) { return; }
    const wanted = left.choices[k];
    const present = paper.choices(k);
    if (same(wanted, present)) { return; }
    if (!next && !same(present, left.bases[k])) { conflicts.push(k); return; }
    if (paper.set(k, wanted)) { restored += 1; courier.choose(k, wanted); }
  });
  paper.mark(left.flags.concat(conflicts));
  if (prediction && 'prediction' in left) {
    prediction.restore(left.prediction || '', next);
    if (next) { courier.predict(left.prediction); }
  }
  if (prediction && left.typed !== null) { prediction.restore(left.typed, false); }
  if (restored) { find('[data-note=restored]').hidden = false; }
  if (conflicts.length) {
    paper.pointTo(find('[data-conflict]'), conflicts);
    find('[data-note=conflict]').hidden = false;
  }
  keep();
}

/* --- Begin -------------------------------------------------------------------------------------------------------- */

document.documentElement.setAttribute('data-player', '');
document.documentElement.classList.add('playing');
find('[data-paper]').addEventListener('submit', (e) => e.preventDefault());
root.addEventListener('click', (e) => {
  if (e.target.closest('button[data-submit]')) { wantsToHandIn(false); }
  if (e.target.closest('[data-hand-in]')) { wantsToHandIn(true); }
  if (e.target.closest('[data-stay]')) { note('sure', false); paper.go(paper.unanswered()[0] || paper.last); }
  if (e.target.closest('[data-try]')) { courier.hurry(0); }
  if (e.target.closest('[data-timer]')) { say(''); setTimeout(() => say(timeLeft()), 50); }
});
show(preview ? 'preview' : 'ready', 0);
if (!preview) { restore(); }
paper.begin();
if (clock.left(0) !== null) { find('[data-timer]').hidden = false; }
tick();

if (!preview) {
  const entry = performance.getEntriesByType ? performance.getEntriesByType('navigation')[0] : null;
  if (entry && entry.type === 'back_forward') { courier.ask(); }
  if (navigator.onLine === false) { show('offline', courier.unsent().waiting); }
  addEventListener('offline', () => { if (!ended) { show('offline', courier.unsent().waiting); } });
  addEventListener('online', () => { if (!ended) { courier.ask(); courier.hurry(1000); } });
  addEventListener('pagehide', () => courier.flush());
  addEventListener('pageshow', (e) => { if (e.persisted) { tick(); courier.ask(); } });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') { courier.flush(); } else if (performance.now() - lastHeard > STALE) { courier.ask(); }
  });
}
