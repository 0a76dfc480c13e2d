/* The prediction: what is typed is read back in groups while it is typed, and sent only once it is confirmed; to untick takes it back. The server
   reads it again and decides; this mirrors its reading for the eye alone. */

const group = (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, '.');

/** {plain, shown} of what was typed, {ambiguous: {plain, shown}}, {unreadable: true}, or null for an empty field. */
export function readPrediction(kind, text) {
  const typed = text.trim().replace(/\s+/g, ' ');
  if (!typed) { return null; }
  if (kind.startsWith('percent')) {
    const bare = typed.replace(/\s*%$/, '');
    if (!/^\d{1,3}(,\d{1,5})?$/.test(bare) || Number(bare.replace(',', '.')) > 100) { return { unreadable: true }; }
    const shown = bare.replace(/^0+(?=\d)/, '');
    return { plain: shown, shown };
  }
  const plain = typed.replace(/[., ]/g, '').replace(/^0+(?=\d)/, '');
  if (/^[1-9]\d{0,2}(,\d{3})+$/.test(typed)) { return { ambiguous: { plain, shown: group(plain) } }; }
  if (!/^(\d+|[1-9]\d{0,2}(\.\d{3})+|[1-9]\d{0,2}( \d{3})+)$/.test(typed) || plain.length > 9) { return { unreadable: true }; }
  return { plain, shown: group(plain) };
}

export function createPrediction(box, words, { confirmed, typed }) {
  const find = (selector) => box.querySelector(selector);
  const kind = box.dataset.prediction;
  const input = find('input[name=prediction]');
  const tick = find('input[name=prediction_confirmed]');
  const echo = find('[data-echo]');
  const settledLine = find('[data-settled]');
  const error = find('.error');
  let settled = readPrediction(kind, box.dataset.confirmed);

  function complain(sentence) {
    error.hidden = !sentence;
    error.querySelector('[data-complaint]').textContent = sentence || '';
    if (sentence) { input.setAttribute('aria-invalid', 'true'); } else { input.removeAttribute('aria-invalid'); }
  }

  function show(strict) {
    const read = readPrediction(kind, input.value);
    const readable = Boolean(read && read.plain);
    const same = Boolean(readable && settled && read.plain === settled.plain);
    echo.hidden = !readable;
    tick.checked = same;
    if (readable) { find('[data-echo-number]').textContent = read.shown; }
    settledLine.hidden = !settled || same; // what was confirmed counts until something else is
    if (settled) { find('[data-settled-number]').textContent = settled.shown; }
    if (read && read.ambiguous) {
      complain(words.ambiguous.replace('{typed}', input.value.trim()).replace('{plain}', read.ambiguous.plain).replace('{grouped}', read.ambiguous.shown));
    } else {
      complain(strict && read && read.unreadable ? words.unreadable : '');
    }
  }

  input.addEventListener('input', () => { show(false); typed(); });
  input.addEventListener('change', () => show(true));
  tick.addEventListener('change', () => {
    const read = readPrediction(kind, input.value);
    settled = tick.checked && read && read.plain ? read : null;
    show(true);
    confirmed(settled ? settled.plain : null);
  });
  show(true);

  return {
    get typed() { return input.value; },
    /** Whether what stands in the field is what was confirmed. */
    get isSettled() {
      const read = readPrediction(kind, input.value);
      return Boolean(settled && read && read.plain === settled.plain);
    },
    /** Put back what an earlier page had kept; `again` says that it had been confirmed there. */
    restore(text, again) {
      input.value = text;
      const read = readPrediction(kind, text);
      if (again) { settled = read && read.plain ? read : null; }
      show(true);
    },
    /** The server would not have it. */
    refuse(sentence) {
      settled = null;
      show(false);
      complain(sentence);
      input.focus();
    },
    lock(on) { input.readOnly = on; tick.disabled = on; },
  };
}
