/* The time left, by the server's word alone. The device's own clock is never asked; `performance.now()` only counts on
   from the last word. Each word says how much was left at some moment between sending and receiving, so the end lies in
   an interval; intervals are narrowed by each other, and replaced when they no longer meet (the device slept, extra time). */

const MOST_AHEAD = 1000; // ms that the shown end may lie behind the earliest possible one

export function createClock(secondsLeft, sent, received) {
  let earliest = null;
  let latest = null;

  function hear(seconds, from, to) {
    if (seconds === null || seconds === undefined) { earliest = latest = null; return; }
    const low = from + seconds * 1000;
    const high = to + seconds * 1000;
    if (earliest !== null && low <= latest && high >= earliest) {
      earliest = Math.max(earliest, low);
      latest = Math.min(latest, high);
    } else {
      earliest = low;
      latest = high;
    }
  }

  hear(secondsLeft, sent, received);
  return {
    hear,
    /** Seconds to the end at `now` (performance time), never negative; null without a limit. */
    left(now) {
      if (earliest === null) { return null; }
      return Math.max(0, (earliest + Math.min(MOST_AHEAD, (latest - earliest) / 2) - now) / 1000);
    },
  };
}

/** When the page was asked for and when its first byte came, in performance time. */
export function pageMoments() {
  const entry = performance.getEntriesByType ? performance.getEntriesByType('navigation')[0] : null;
  const received = entry && entry.responseStart > 0 ? entry.responseStart : performance.now();
  const sent = entry && entry.requestStart > 0 && entry.requestStart <= received ? entry.requestStart : received;
  return { sent, received };
}

/** The server's time of day at `now`, as HH:MM:SS, from what the page said when it was received. */
export function timeOfDay(said, received, now) {
  const [h, m, s] = said.split(':').map(Number);
  const total = Math.floor(h * 3600 + m * 60 + s + (now - received) / 1000);
  return [Math.floor(total / 3600) % 24, Math.floor(total / 60) % 60, total % 60].map((n) => String(n).padStart(2, '0')).join(':');
}
