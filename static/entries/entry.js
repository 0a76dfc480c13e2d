/* The form of an entry saves itself; without script its button does. A window that knows an older revision is told so and
   overwrites nothing. What could not be saved yet is kept on the device until it is. */

const form = document.querySelector('#entry-form');
const fields = document.querySelector('[data-fields]');
const language = document.documentElement.lang;
const say = form ? form.dataset : {};
const fill = (text, values) => (text || '').replace(/\{(\w+)\}/g, (_, key) => values[key]);
const grouped = (number) => number.toLocaleString(language === 'vi' ? 'vi-VN' : language);

/* --- As one types ------------------------------------------------------------------------------------------------- */
const grow = (area) => { area.style.height = 'auto'; area.style.height = `${area.scrollHeight + 3}px`; };

function count(area) {
  const told = document.getElementById(`${area.id}-c`);
  const text = area.value.trim();
  const most = +area.dataset.most, least = +area.dataset.least, length = text.length;
  if (!say.sayCount) { return; }
  const words = text ? text.split(/\s+/).length : 0;
  const sentence = least ? say.sayCountLeast : say.sayCount;
  told.textContent = fill(sentence, { length: grouped(length), most: grouped(most), least: grouped(least), words: grouped(words) });
  told.classList.toggle('is-bad', length > most || (length > 0 && length < least));
}

function sum() {
  const shares = [...document.querySelectorAll('[data-share]')];
  const told = document.querySelector('[data-share-sum]');
  if (!told || !say.saySum) { return; }
  const parts = [...document.querySelectorAll('[data-share-bar] rect')].slice(1);
  let total = 0;
  shares.forEach((input, place) => {
    const value = Math.max(0, Math.min(100, parseInt(input.value, 10) || 0));
    if (parts[place]) {
      parts[place].setAttribute('x', `${Math.min(total, 100)}%`);
      parts[place].setAttribute('width', `${Math.max(0, Math.min(value, 100 - total))}%`);
    }
    total += value;
  });
  told.hidden = false;
  told.classList.toggle('is-bad', total !== 100);
  told.querySelector('span').textContent = fill(total === 100 ? say.saySum : say.saySumBad, { total });
  told.querySelector('use').setAttribute('href', total === 100 ? '#i-check' : '#i-x');
}

document.querySelectorAll('[data-add-row]').forEach((button) => {
  button.hidden = false;
  button.addEventListener('click', () => {
    const rows = button.closest('[data-rows]').querySelectorAll('[data-row]');
    const last = rows[rows.length - 1], row = last.cloneNode(true);
    row.querySelectorAll('input').forEach((input) => { input.value = ''; });
    last.after(row);
    row.querySelector('input').focus();
  });
});

const show = () => {
  document.querySelectorAll('[data-grow]').forEach(grow);
  document.querySelectorAll('[data-count]').forEach(count);
  sum();
};
show();
document.fonts?.ready.then(() => document.querySelectorAll('[data-grow]').forEach(grow));
fields.addEventListener('input', (event) => {
  if (event.target.matches('[data-grow]')) { grow(event.target); }
  if (event.target.matches('[data-count]')) { count(event.target); }
  if (event.target.matches('[data-share]')) { sum(); }
});

/* --- Saving ------------------------------------------------------------------------------------------------------- */
if (form) {
  const key = `entry:${form.dataset.entry}`;
  const bar = document.querySelector('[data-bar]'), told = document.querySelector('[data-saved] span');
  const icon = document.querySelector('[data-saved] use');
  const QUIET = 1500, RETRY = 5000;
  let dirty = false, stopped = false, timer = 0, running = null;
  let doubtful = null; // a save whose answer was lost: it is sent again as it was, before anything newer

  const state = (name, text) => {
    bar.dataset.state = name;
    icon.setAttribute('href', name === 'saved' ? '#i-cloud' : '#i-cloud-off');
    if (told.textContent !== text) { told.textContent = text; }
  };

  const values = () => [...new FormData(form)].filter(([name, value]) => typeof value === 'string'
    && !['csrfmiddlewaretoken', 'new_name', 'new_number', 'action'].includes(name));

  const keep = (sent = false) => {
    try { localStorage.setItem(key, JSON.stringify({ waiting: true, sent, revision: form.elements.revision.value, values: values(), doubtful })); } catch (error) { /* no room, or storage is off */ }
  };
  const forget = () => { try { localStorage.removeItem(key); } catch (error) { /* storage is off */ } };

  function steps(list) {
    list.forEach((step) => {
      const row = document.querySelector(`[data-step="${step.part}"]`);
      if (!row) { return; }
      row.classList.toggle('wait', !step.done);
      row.querySelector('use').setAttribute('href', step.done ? '#i-check' : '#i-dots');
      row.querySelector('[data-detail]').textContent = step.detail;
      row.querySelector('[data-done-words]').textContent = step.done ? say.sayDone : say.sayNotDone;
    });
  }

  function post(list) {
    const data = new FormData();
    data.append('csrfmiddlewaretoken', form.elements.csrfmiddlewaretoken.value);
    list.forEach(([name, value]) => data.append(name, value));
    return fetch(form.dataset.save, { method: 'POST', body: data, redirect: 'manual' });
  }

  async function send() {
    const list = doubtful || values();
    dirty = doubtful !== null;
    doubtful = list;
    state('busy', say.saySaving);
    let answer;
    try {
      answer = await post(list);
    } catch (error) {
      return later(say.sayOffline);
    }
    if (answer.type === 'opaqueredirect' || answer.status === 403) { return later(say.saySignedOut); }
    if (answer.status >= 500 || answer.status === 429) { return later(say.sayOffline); }
    const body = await answer.json().catch(() => null);
    if (body === null) { return later(say.sayOffline); }
    doubtful = null;
    if (!answer.ok) {
      stopped = true;
      keep();
      state('offline', body.code === 'stale' ? say.sayStale : body.error || say.sayOffline);
      return false;
    }
    form.elements.revision.value = body.revision;
    steps(body.steps);
    if (dirty) { keep(); } else { forget(); }
    state('saved', fill(say.saySaved, { at: body.saved }));
    return true;
  }

  function later(sentence) {
    dirty = true;
    keep();
    state('offline', sentence);
    return false;
  }

  function save() {
    clearTimeout(timer);
    if (stopped) { return Promise.resolve(false); }
    running ||= send().then((saved) => {
      running = null;
      if (dirty && !stopped) { schedule(saved ? QUIET : RETRY); }
      return saved;
    });
    return running;
  }

  function schedule(wait) { clearTimeout(timer); timer = setTimeout(save, wait); }

  function changed(event) {
    if (event.target.form !== form || event.target.matches('[data-unsaved]')) { return; }
    dirty = true;
    keep();
    if (event.target.matches('[data-reload]')) {
      save().then((saved) => { if (saved && !dirty) { location.reload(); } });
    } else {
      schedule(QUIET);
    }
  }

  /* Rows that are written into the page by hand may hold several fields of one name. */
  function put(list) {
    const seen = {};
    const boxes = [...form.elements].filter((field) => field.type === 'checkbox');
    boxes.forEach((box) => { box.checked = list.some(([name]) => name === box.name); });
    list.forEach(([name, value]) => {
      if (name === 'revision') { return; }
      const same = [...form.elements].filter((field) => field.name === name && field.type !== 'hidden');
      if (!same.length || same[0].type === 'checkbox') { return; }
      if (same[0].type === 'radio') { same.forEach((field) => { field.checked = field.value === value; }); return; }
      seen[name] = (seen[name] ?? -1) + 1;
      if (seen[name] >= same.length) {
        const rows = same[same.length - 1].closest('[data-rows]');
        rows?.querySelector('[data-add-row]').click();
        const fresh = [...form.elements].filter((field) => field.name === name && field.type !== 'hidden');
        if (fresh[seen[name]]) { fresh[seen[name]].value = value; }
      } else {
        same[seen[name]].value = value;
      }
    });
    show();
  }

  function note(text, list) {
    const box = document.createElement('div');
    box.className = 'note note-warn mb';
    box.setAttribute('role', 'status');
    const words = document.createElement('p');
    words.textContent = text;
    box.append(words);
    if (list) {
      const old = document.createElement('textarea');
      old.className = 'in mt-s';
      old.readOnly = true;
      old.rows = 6;
      old.value = list.filter(([name, value]) => /^(s\d|title|link)/.test(name) && value).map(([, value]) => value).join('\n\n');
      box.append(old);
    }
    form.before(box);
  }

  /* Whether the newest revision is this device's own, of which it had no answer: then the same save is taken once more. */
  async function isOwn(kept) {
    if (!kept.doubtful || +kept.revision + 1 !== +form.elements.revision.value) { return false; }
    return post(kept.doubtful).then((answer) => answer.ok, () => null);
  }

  async function recall() {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(key)); } catch (error) { return; }
    if (!kept?.waiting) { return; }
    const own = kept.revision === form.elements.revision.value || await isOwn(kept);
    if (own) {
      put(kept.values);
      note(say.sayKept);
      dirty = true;
      schedule(QUIET);
    } else {
      if (!kept.sent) { note(say.sayKeptOther, kept.values); }
      if (own === false) { forget(); } // without a network nobody knows yet
    }
  }

  const isRefused = document.querySelector('[role="alert"]') !== null;
  if (isRefused) { forget(); } else { recall(); }
  fields.addEventListener('input', changed);
  fields.addEventListener('change', changed);
  addEventListener('online', () => { if (dirty) { save(); } });
  document.addEventListener('visibilitychange', () => { if (document.hidden && dirty) { save(); } });
  document.addEventListener('files-changed', () => { if (!dirty) { dirty = true; schedule(QUIET); } });

  /* The button sends the whole form: what is under way is waited for, so that the revision is the newest. */
  form.addEventListener('submit', (event) => {
    clearTimeout(timer);
    if (!running && !doubtful) { keep(true); return; }
    event.preventDefault();
    const button = event.submitter;
    (running || save()).then((saved) => {
      clearTimeout(timer);
      if (saved || stopped) { form.requestSubmit(button); } else { schedule(RETRY); }
    });
  });
}
