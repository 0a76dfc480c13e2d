/* Sends the files of an entry in pieces: one file at a time, and each goes on from where the server has it, after a lost
   connection and after a reload. Until a file has arrived, the device keeps it beside the page (IndexedDB), where it may;
   where it may not, whoever chooses the same file once more sends only the rest. */

const PIECE = 256 * 1024; // a lost piece costs little on a bad network
const box = document.querySelector('[data-files]');
const form = box.querySelector('[data-send]');
const input = form.querySelector('[data-choose]');
const list = box.querySelector('[data-list]');
const spoken = box.querySelector('[data-spoken]');
const say = box.dataset;
const queue = []; // {file, row}
let busy = false;

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const megabytes = (bytes) => `${(bytes / 1048576).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1, minimumFractionDigits: 1 })} MB`;
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
const token = () => form.elements.csrfmiddlewaretoken.value;
const rowOf = (id) => list.querySelector(`[data-file="${id}"]`);

/* --- What the device keeps until it has arrived ------------------------------------------------------------------- */
const kept = {
  base: null,
  open() {
    this.base ||= new Promise((done) => {
      try {
        const asked = indexedDB.open('entry-files', 1);
        asked.onupgradeneeded = () => { asked.result.createObjectStore('files'); };
        asked.onsuccess = () => done(asked.result);
        asked.onerror = asked.onblocked = () => done(null);
      } catch (error) { done(null); }
    });
    return this.base;
  },
  async run(mode, act) {
    const base = await this.open();
    if (!base) { return null; }
    return new Promise((done) => {
      try {
        const asked = act(base.transaction('files', mode).objectStore('files'));
        asked.onsuccess = () => done(asked.result ?? null);
        asked.onerror = () => done(null);
      } catch (error) { done(null); }
    });
  },
  put(id, file) { return this.run('readwrite', (store) => store.put(file, String(id))); },
  get(id) { return this.run('readonly', (store) => store.get(String(id))); },
  drop(id) { return this.run('readwrite', (store) => store.delete(String(id))); },
};

/* --- Rows --------------------------------------------------------------------------------------------------------- */
function element(html) {
  const holder = document.createElement('template');
  holder.innerHTML = html.trim();
  return holder.content.firstElementChild;
}

function show(told) {
  const fresh = element(told.row);
  const old = rowOf(told.id);
  if (old) { old.replaceWith(fresh); } else { list.append(fresh); }
  return fresh;
}

function tell(row, text, bad) {
  const line = row.querySelector('[data-told]');
  if (line.textContent !== text) { line.textContent = text; }
  row.classList.toggle('file-bad', Boolean(bad));
}

function speak(text) { spoken.textContent = text; }

/* A file that was refused before a byte of it was sent has no row on the server: its row goes with the page. */
function refuse(file, why) {
  const row = element('<li class="file file-bad"><svg class="i" aria-hidden="true"><use href="#i-alert"/></svg><div><b></b><small data-told role="alert"></small></div><button class="icon-btn" type="button"><svg class="i" aria-hidden="true"><use href="#i-x"/></svg></button></li>');
  row.querySelector('b').textContent = file.name;
  row.querySelector('small').textContent = why;
  const button = row.querySelector('button');
  button.setAttribute('aria-label', `${say.sayDismiss}: ${file.name}`);
  button.addEventListener('click', () => row.remove());
  list.append(row);
}

/* --- Talking to the server ---------------------------------------------------------------------------------------- */
async function ask(url, options) {
  const response = await fetch(url, {
    credentials: 'same-origin', redirect: 'manual', ...options,
    headers: { 'X-CSRFToken': token(), Accept: 'application/json', ...options.headers },
  });
  if (response.type === 'opaqueredirect' || response.status === 401 || response.status === 403) {
    throw Object.assign(new Error('signed out'), { signedOut: true });
  }
  if (response.status === 429 || response.status >= 500) {
    throw Object.assign(new Error('busy'), { after: 1000 * (Number(response.headers.get('Retry-After')) || 0) });
  }
  const isJson = (response.headers.get('Content-Type') || '').startsWith('application/json');
  return { status: response.status, body: isJson ? await response.json() : {} };
}

/* Until it answers: full jitter, capped, and at once when the network comes back. */
async function insist(act, row, progress) {
  for (let tried = 0; ; tried += 1) {
    try { return await act(); } catch (error) {
      if (row) { tell(row, fill(error.signedOut ? say.saySignedOut : navigator.onLine === false || !error.after ? say.sayWaiting : say.sayAgain, progress()), true); }
      const most = Math.min(30000, 1000 * 2 ** tried);
      const back = new Promise((done) => { addEventListener('online', done, { once: true }); });
      await Promise.race([pause(Math.max(error.after || 0, 500 + Math.random() * most)), back]);
    }
  }
}

async function announce(file) {
  const body = JSON.stringify({ name: file.name, size: file.size, modified: file.lastModified });
  return insist(() => ask(say.begin, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }));
}

async function send(id, file) {
  let row = rowOf(id);
  let received = Number(row.dataset.received);
  const begun = performance.now();
  const first = received;
  const progress = () => ({ done: megabytes(received), size: megabytes(file.size), left: left(first, received, file.size, begun) });
  while (received < file.size) {
    row = rowOf(id);
    if (!row) { return; } // taken away meanwhile
    const at = received;
    const piece = file.slice(at, at + PIECE);
    const answer = await insist(() => ask(`${row.dataset.piece}?offset=${at}`, {
      method: 'PUT', body: piece, headers: { 'Content-Type': 'application/octet-stream' },
    }), row, progress);
    if (answer.status === 404) { row.remove(); await kept.drop(id); return; }
    if (answer.status >= 400 && answer.body.code !== 'gap') {
      tell(row, answer.body.error, true);
      await kept.drop(id);
      return;
    }
    received = answer.body.received;
    row.dataset.received = received;
    if (answer.body.row) { row = show(answer.body); } else {
      row.querySelector('progress').value = received;
      tell(row, fill(say.saySending, progress()));
    }
  }
  await kept.drop(id);
  watch(id);
}

function left(first, received, size, begun) {
  const speed = (received - first) / (performance.now() - begun);
  const seconds = speed > 0 ? Math.ceil((size - received) / speed / 1000) : 0;
  return seconds < 90 ? fill(say.saySeconds, { number: seconds }) : fill(say.sayMinutes, { number: Math.ceil(seconds / 60) });
}

/* The look at a file takes a few seconds; the row then says what came of it. */
async function watch(id) {
  for (let wait = 1000; ; wait = Math.min(wait * 1.4, 10000)) {
    await pause(wait);
    const row = rowOf(id);
    if (!row) { return; }
    let answer;
    try { answer = await ask(row.dataset.status, { method: 'GET' }); } catch (error) { continue; }
    if (answer.status === 404) { row.remove(); return; }
    if (answer.body.state && answer.body.state !== 'arrived') {
      const fresh = show(answer.body);
      const why = fresh.querySelector('[data-told]').textContent.trim();
      speak(fill(answer.body.state === 'good' ? say.sayDone : say.sayRefused, { name: fresh.dataset.name, why }));
      changed();
      return;
    }
  }
}

/* For the rest of the page, such as what is still missing before the entry can be handed in. */
function changed() { box.dispatchEvent(new CustomEvent('files-changed', { bubbles: true })); }

async function work() {
  if (busy) { return; }
  busy = true;
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { id, file } = next;
    if (rowOf(id)) { await send(id, file); }
  }
  busy = false;
}

async function add(file) {
  const answer = await announce(file);
  if (answer.status >= 400 || !answer.body.row) { refuse(file, answer.body.error || say.sayAgain); return; }
  const { id } = answer.body;
  if (queue.some((one) => one.id === id)) { return; }
  const row = show(answer.body);
  if (row.dataset.state !== 'coming') { if (row.dataset.state === 'arrived') { watch(id); } return; }
  tell(row, say.sayQueued);
  kept.put(id, file);
  queue.push({ id, file });
  changed();
  work();
}

async function addAll(files) { for (const file of files) { await add(file); } }

/* --- The page ----------------------------------------------------------------------------------------------------- */
form.querySelector('[data-plain]').hidden = true;
input.multiple = true;
input.required = false;
const title = form.querySelector('[data-drop-title]');
title.textContent = title.dataset.withScript;
input.addEventListener('change', () => { const files = [...input.files]; input.value = ''; addAll(files); });
form.addEventListener('submit', (event) => event.preventDefault());

const zone = form.querySelector('.drop');
['dragenter', 'dragover'].forEach((name) => zone.addEventListener(name, (event) => {
  event.preventDefault();
  zone.classList.add('drop-over');
}));
['dragleave', 'drop'].forEach((name) => zone.addEventListener(name, () => zone.classList.remove('drop-over')));
zone.addEventListener('drop', (event) => { event.preventDefault(); addAll([...event.dataTransfer.files]); });

list.addEventListener('submit', async (event) => {
  const taken = event.target.closest('[data-remove]');
  if (!taken) { return; }
  event.preventDefault();
  const row = taken.closest('[data-file]');
  const id = row.dataset.file;
  const place = queue.findIndex((one) => String(one.id) === id);
  if (place >= 0) { queue.splice(place, 1); }
  try {
    const response = await fetch(taken.action, {
      method: 'POST', credentials: 'same-origin', redirect: 'manual', headers: { 'X-CSRFToken': token() },
    });
    if (response.type !== 'opaqueredirect' && response.status !== 404) { throw new Error(String(response.status)); }
  } catch (error) { tell(row, say.sayAgain, true); return; }
  const following = row.nextElementSibling || row.previousElementSibling;
  row.remove();
  kept.drop(id);
  speak(fill(say.sayGone, { name: row.dataset.name }));
  (following?.querySelector('button') || input).focus();
  changed();
});

/* What was on its way when the page was left goes on. */
for (const row of list.querySelectorAll('[data-file]')) {
  const id = Number(row.dataset.file);
  if (row.dataset.state === 'arrived') { watch(id); }
  if (row.dataset.state === 'coming') {
    kept.get(id).then((file) => {
      if (!file || file.size !== Number(row.dataset.size)) { return; }
      queue.push({ id, file });
      work();
    });
  }
}
