/* What the device keeps of an attempt: choices that the server has not acknowledged (with what it had acknowledged
   before), flags, and the prediction. One entry a lease, `attempt:<id>:<lease>`; the base script reads `waiting` from it
   when someone signs out. A storage that is off or full is survived: `works` then says no. */

export function createJournal(attempt, lease, storage) {
  const prefix = `attempt:${attempt}:`;
  const own = prefix + lease;
  let works = Boolean(storage);
  let inherited = []; // keys of earlier leases whose contents were handed over, and not yet kept under this one

  function entries() {
    const found = [];
    try {
      for (let i = 0; i < storage.length; i += 1) {
        const key = storage.key(i);
        if (key.startsWith(prefix)) { found.push([Number(key.slice(prefix.length)), key]); }
      }
    } catch (error) { works = false; }
    return found.sort((a, b) => a[0] - b[0]);
  }

  function read(key) {
    try { return JSON.parse(storage.getItem(key)) || null; } catch (error) { return null; }
  }

  function drop(key) {
    try { storage.removeItem(key); } catch (error) { works = false; }
  }

  return {
    get works() { return works; },

    /** What earlier pages of this attempt left on the device, the newest winning; null when there is nothing. */
    left() {
      let found = null;
      for (const [number, key] of entries()) {
        const entry = key === own ? null : read(key);
        if (!entry) { continue; }
        inherited.push(key);
        found = found || { lease: 0, choices: {}, bases: {}, flags: [], typed: null };
        found.lease = number;
        found.flags = entry.flags || [];
        found.typed = entry.typed === undefined ? null : entry.typed;
        if ('prediction' in entry) { found.prediction = entry.prediction; } // null: taken back
        for (const position of Object.keys(entry.choices || {})) {
          if (!(position in found.bases)) { found.bases[position] = (entry.bases || {})[position] || []; }
          found.choices[position] = entry.choices[position];
        }
      }
      return found;
    },

    /** Keep `entry` under this lease, and forget what was handed over from earlier ones. */
    keep(entry) {
      if (!entry.waiting && !entry.flags.length && entry.typed === null) {
        drop(own);
      } else {
        try { storage.setItem(own, JSON.stringify(entry)); } catch (error) { works = false; return; }
      }
      inherited.forEach(drop);
      inherited = [];
    },

    /** Nothing of this attempt stays on the device. */
    clear() {
      for (const [, key] of entries()) { drop(key); }
    },
  };
}
