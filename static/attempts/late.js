/* On the page of a closed attempt: what this device still holds of it goes to the server's log, where it is kept and does
   not count; then the device forgets it. Without network it waits for the network. */

const box = document.querySelector('[data-late]');
const prefix = `attempt:${box.dataset.late}:`;

function send(entry, lease, sequence) {
  const body = { lease, sequence, choices: entry.choices };
  if ('prediction' in entry) { body.prediction = entry.prediction; }
  return fetch(entry.to, {
    method: 'POST', body: JSON.stringify(body), credentials: 'same-origin', redirect: 'error',
    headers: { 'Content-Type': 'application/json', 'X-Attempt-Key': entry.key },
  });
}

async function deliver(key) {
  const entry = JSON.parse(localStorage.getItem(key));
  if (!entry.waiting) { localStorage.removeItem(key); return; }
  const lease = Number(key.slice(prefix.length));
  let response = await send(entry, lease, entry.sequence + 1);
  if (response.status === 409) {
    const { sequence } = await response.json();
    if (Number.isInteger(sequence)) { response = await send(entry, lease, sequence + 1); }
  }
  if (response.status === 429 || response.status >= 500) { return; } // the next visit tries again
  localStorage.removeItem(key);
  box.hidden = !response.ok && box.hidden;
}

async function deliverAll() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    for (const key of keys) { await deliver(key); }
  } catch (error) { addEventListener('online', deliverAll, { once: true }); }
}

deliverAll();
