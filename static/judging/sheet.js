/* The sheet saves itself a second after the last key, one save at a time; what another window saved stops it.
   Keys: arrows up and down move points by a step, Ctrl+S saves, Ctrl+Enter locks. */
const form = document.querySelector('[data-sheet]');
const status = document.querySelector('[data-status]');
const total = document.querySelector('[data-total]');
const comma = document.documentElement.lang.startsWith('vi');
let timer = 0;
let busy = false;
let dirty = false;
let stopped = false;

const number = (input) => Number(input.value.trim().replace(',', '.'));
const shown = (points) => {
  const text = String(Math.round(points * 100) / 100);
  return comma ? text.replace('.', ',') : text;
};

function sum() {
  const found = [...form.querySelectorAll('[data-points]')].map(number).filter(Number.isFinite);
  total.textContent = shown(found.reduce((all, points) => all + points, 0));
}

function fill(range) {
  range.style.setProperty('--v', `${(100 * range.value) / range.max}%`);
}

function told(lines) {
  form.querySelectorAll('[data-code]').forEach((section) => {
    const text = lines[section.dataset.code] || '';
    section.querySelector('[data-fault]').textContent = text;
    const input = section.querySelector('[data-points]');
    if (text) { input.setAttribute('aria-invalid', 'true'); } else { input.removeAttribute('aria-invalid'); }
  });
}

async function save() {
  if (busy || !dirty || stopped) { return; }
  busy = true;
  dirty = false;
  try {
    const answer = await fetch(form.dataset.sheet, {
      method: 'POST', body: new FormData(form), headers: { Accept: 'application/json' },
    });
    const reply = await answer.json();
    told(reply.lines || {});
    if (answer.ok) {
      form.elements.revision.value = reply.revision;
      status.textContent = status.dataset.saved.replace('{time}', new Date().toTimeString().slice(0, 8));
    } else {
      status.textContent = reply.error;
      stopped = reply.code !== 'marks';
    }
  } catch {
    dirty = true;
    status.textContent = status.dataset.lost;
  }
  busy = false;
  if (dirty) { timer = setTimeout(save, 5000); }
}

function changed() {
  dirty = true;
  sum();
  clearTimeout(timer);
  timer = setTimeout(save, 1000);
}

function start() {
  form.querySelectorAll('[data-range]').forEach((range) => {
    const input = range.closest('.crit').querySelector('[data-points]');
    range.hidden = false;
    range.tabIndex = -1; // the field beside it has the keys
    fill(range);
    range.addEventListener('input', (event) => {
      event.stopPropagation();
      input.value = shown(Number(range.value));
      fill(range);
      changed();
    });
    input.addEventListener('input', () => {
      if (Number.isFinite(number(input))) { range.value = number(input); fill(range); }
    });
    input.addEventListener('keydown', (event) => {
      const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!way) { return; }
      event.preventDefault();
      const points = (Number.isFinite(number(input)) ? number(input) : 0) + way * Number(input.dataset.step);
      input.value = shown(Math.min(Number(input.dataset.maximum), Math.max(0, points)));
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
  });
  form.addEventListener('input', changed);
  form.addEventListener('submit', (event) => {
    clearTimeout(timer);
    if (busy) { // the revision of the save that is under way has to be there first
      event.preventDefault();
      setTimeout(() => form.requestSubmit(event.submitter), 200);
      return;
    }
    dirty = false;
    stopped = true;
  });
  document.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey)) { return; }
    if (event.key === 's') {
      event.preventDefault();
      clearTimeout(timer);
      save();
    } else if (event.key === 'Enter') {
      event.preventDefault();
      form.requestSubmit(document.querySelector('[formaction]'));
    }
  });
  window.addEventListener('beforeunload', (event) => {
    if (dirty || busy) { event.preventDefault(); }
  });
  window.addEventListener('online', save);
  if ([...form.elements].some((one) => 'defaultValue' in one && one.value !== one.defaultValue && one.type !== 'range')) {
    form.querySelectorAll('[data-points]').forEach((input) => input.dispatchEvent(new Event('input'))); // typed before this ran
    changed();
  }
}

if (form) { start(); }
