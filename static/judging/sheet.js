/* The sheet saves itself a second after the last key, one save at a time; what another window saved stops it. */
const form = document.querySelector('[data-sheet]');
const status = document.querySelector('[data-status]');
const total = document.querySelector('[data-total]');
let timer = 0;
let busy = false;
let dirty = false;
let stopped = false;

function sum() {
  const comma = document.documentElement.lang.startsWith('vi');
  const found = [...form.querySelectorAll('[data-points]')].reduce((all, input) => {
    const points = Number(input.value.trim().replace(',', '.'));
    return all + (Number.isFinite(points) ? points : 0);
  }, 0);
  const text = String(Math.round(found * 100) / 100);
  total.textContent = comma ? text.replace('.', ',') : text;
}

async function save() {
  if (busy || !dirty || stopped) { return; }
  busy = true;
  dirty = false;
  try {
    const answer = await fetch(form.dataset.sheet, {
      method: 'POST', body: new FormData(form), headers: { Accept: 'application/json' },
    });
    const told = await answer.json();
    if (answer.ok) {
      form.elements.revision.value = told.revision;
      status.textContent = status.dataset.saved;
    } else {
      status.textContent = told.error;
      stopped = told.code !== 'marks';
    }
  } catch {
    dirty = true;
    status.textContent = status.dataset.lost;
  }
  busy = false;
  if (dirty) { timer = setTimeout(save, 5000); }
}

if (form) {
  form.addEventListener('input', () => {
    dirty = true;
    sum();
    clearTimeout(timer);
    timer = setTimeout(save, 1000);
  });
  form.addEventListener('submit', (event) => {
    clearTimeout(timer);
    if (busy) { // the revision of the save that is under way has to be there first
      event.preventDefault();
      setTimeout(() => form.requestSubmit(event.submitter), 200);
      return;
    }
    stopped = true;
  });
}
