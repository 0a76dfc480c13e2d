/* Carries what is chosen to the server. One request at a time; all that waits goes in one; each request has a sequence
   number of its own unless it repeats the last one word for word, so that a repeated or late request never hides a newer
   choice. What fails is tried again with full jitter between 1 and 30 s; Retry-After is honoured. */

const COALESCE = 700; // ms of quiet before a choice is sent …
const AT_MOST = 1500; // … but no later than this after the first of them
const PATIENCE = 10000; // ms until a silent request is given up
const FLOOR = 1000;
const CEILING = 30000;

export function createCourier({ answerUrl, handInUrl, key, lease, sequence, settled, tell }) {
  const waiting = new Map(); // place on the paper → {choices, version}; `settled` holds what the server has, by place
  let prediction = null; // {text, version}: confirmed or taken back, not yet acknowledged
  let version = 0;
  let unsure = null; // {sequence, content}: sent, outcome unknown
  let inFlight = false;
  let stopped = false;
  let handing = false;
  let fails = 0;
  let adopted = 0;
  let timer = 0;
  let armed = false;
  let firstAt = 0; // since when something waits that no request has tried to carry
  let hurry = () => {};
  let asked = false; // somebody wants to hear how much time is left

  function content() {
    const choices = {};
    Array.from(waiting.keys()).sort((a, b) => a - b).forEach((position) => { choices[position] = waiting.get(position).choices; });
    return prediction ? { choices, prediction: prediction.text } : { choices };
  }

  function pack() {
    const body = content();
    const text = JSON.stringify(body);
    if (!unsure || unsure.content !== text) {
      sequence += 1;
      unsure = { sequence, content: text };
    }
    return { sequence: unsure.sequence, version, body, text: JSON.stringify({ lease, sequence: unsure.sequence, ...body }) };
  }

  async function post(url, text) {
    const control = new AbortController();
    const alarm = setTimeout(() => control.abort(), PATIENCE);
    const sent = performance.now();
    try {
      const response = await fetch(url, {
        method: 'POST', body: text, keepalive: true, credentials: 'same-origin', cache: 'no-store', redirect: 'error', signal: control.signal,
        headers: { 'Content-Type': 'application/json', 'X-Attempt-Key': key },
      });
      const reply = await response.json().catch(() => null);
      return { status: response.status, reply, wait: Number(response.headers.get('Retry-After')) || 0, sent, received: performance.now() };
    } finally {
      clearTimeout(alarm);
    }
  }

  function later(seconds) {
    const most = Math.min(CEILING, FLOOR * 2 ** fails);
    fails += 1;
    return seconds * 1000 + FLOOR + Math.random() * (most - FLOOR);
  }

  function arm(delay) {
    clearTimeout(timer);
    armed = true;
    timer = setTimeout(send, delay);
  }

  /** Something new waits: after a little quiet it goes out, unless a request or its next try will take it along. */
  function soon() {
    const now = performance.now();
    firstAt = firstAt || now;
    if (!stopped && !handing && !inFlight && (fails === 0 || !armed)) { arm(Math.max(0, Math.min(COALESCE, firstAt + AT_MOST - now))); }
  }

  function count() { return waiting.size + (prediction ? 1 : 0); }

  function report(kind, more) { tell({ kind, waiting: count(), ...more }); }

  function acknowledge(packed) {
    Object.keys(packed.body.choices).forEach((place) => settled.set(Number(place), packed.body.choices[place]));
    waiting.forEach((entry, position) => { if (entry.version <= packed.version) { waiting.delete(position); } });
    if (prediction && prediction.version <= packed.version) { prediction = null; }
    unsure = null;
    adopted = 0;
    fails = 0;
  }

  /** A refusal that naming a higher number does not cure; what it is about is the prediction, when one went along. */
  function refused(packed, reply) {
    const sentence = (reply && reply.error) || '';
    unsure = null;
    if ('prediction' in packed.body) {
      prediction = null;
      report('prediction-refused', { sentence });
      return true;
    }
    return false;
  }

  function adopt(packed, reply) {
    if (!reply || (reply.code && reply.code !== 'sequence')) { return false; }
    if (!Number.isInteger(reply.sequence) || reply.sequence < packed.sequence || adopted >= 5) { return false; }
    adopted += 1;
    sequence = reply.sequence;
    unsure = null;
    return true;
  }

  async function send() {
    clearTimeout(timer);
    armed = false;
    if (stopped || handing || inFlight || (!count() && !asked)) { return; }
    inFlight = true;
    asked = false;
    firstAt = 0;
    const packed = pack();
    report('sending');
    let answer = null;
    try { answer = await post(answerUrl, packed.text); } catch (error) { answer = null; }
    inFlight = false;
    if (stopped || handing) { return; }
    if (!answer) { failed('offline', 0); return; }
    const { status, reply } = answer;
    if (status === 200 && reply) {
      report('heard', { secondsLeft: reply.seconds_left, sent: answer.sent, received: answer.received });
      if (reply.closed) { stopped = true; report('closed'); return; }
      if (!reply.counted && reply.lease !== lease) { stopped = true; report('superseded'); return; }
      acknowledge(packed);
      if (count()) { report('sending'); soon(); } else { report('saved'); }
    } else if (status === 409 && adopt(packed, reply)) {
      arm(0);
    } else if ((status === 409 || status === 400) && refused(packed, reply)) {
      arm(0);
    } else if (status === 403 || status === 404) {
      stopped = true;
      report('refused', { sentence: (reply && reply.error) || '' });
    } else {
      failed('busy', answer.wait);
    }
  }

  function failed(kind, seconds) {
    const delay = later(seconds);
    report(kind, { delay });
    if (count() || kind === 'offline') { asked = asked || !count(); arm(delay); }
  }

  async function handIn(late) {
    clearTimeout(timer);
    handing = true;
    const packed = pack();
    report('handing');
    for (;;) {
      let answer = null;
      try { answer = await post(handInUrl, packed.text); } catch (error) { answer = null; }
      if (answer) {
        const { status, reply } = answer;
        if (status === 200 && reply) {
          stopped = true;
          acknowledge(packed);
          report('handed-in', { receipt: reply });
          return;
        }
        if (status === 409 && adopt(packed, reply)) { handIn(late); return; }
        if (status === 409 || status === 400) {
          handing = false;
          if (refused(packed, reply)) {
            if (late) { handIn(late); } else { report('back'); }
          } else {
            stopped = true;
            report('hand-in-refused', { sentence: (reply && reply.error) || '', code: reply && reply.code });
          }
          return;
        }
        if (status === 403 || status === 404) {
          stopped = true;
          report('refused', { sentence: (reply && reply.error) || '' });
          return;
        }
      }
      const delay = later(answer ? answer.wait : 0);
      report('unreached', { delay });
      await new Promise((resolve) => { timer = setTimeout(resolve, delay); hurry = resolve; });
      clearTimeout(timer);
    }
  }

  return {
    /** The choices of a question changed; they go out within AT_MOST. */
    choose(position, choices) {
      version += 1;
      waiting.set(position, { choices, version });
      soon();
      report('changed');
    },
    /** The person confirmed a prediction, or took it back (null). */
    predict(text) {
      version += 1;
      prediction = { text, version };
      soon();
      report('changed');
    },
    /** Ask the server how much time is left, with whatever waits. */
    ask() { asked = true; if (!inFlight) { arm(0); } },
    /** The network is said to be back, or the person wants to try: do not wait for the next turn. */
    hurry(within) { if (handing) { hurry(); } else if (!inFlight) { arm(Math.random() * within); } },
    /** The page may be going away: what waits leaves at once, even beside a request that is under way. */
    flush() {
      if (stopped || handing || !count()) { return; }
      if (!inFlight) { send(); return; }
      const text = JSON.stringify(content());
      if (unsure && unsure.content === text) { return; }
      post(answerUrl, pack().text).catch(() => {});
    },
    handIn,
    stop() { stopped = true; clearTimeout(timer); },
    /** What the server has not acknowledged, and what it had of the same questions. */
    unsent() {
      const bases = {};
      waiting.forEach((_entry, position) => { bases[position] = settled.get(position) || []; });
      return { ...content(), bases, waiting: count(), sequence };
    },
  };
}
