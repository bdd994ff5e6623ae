// The page's line to the server: state by server-sent events, questions by GET, wishes by POST. Keeps the newest state.

const base = new URL('.', location.href).pathname;

export const topics = {};          // topic -> newest value
const listeners = {};              // topic -> functions

export function on(topic, listener) {
  (listeners[topic] ??= []).push(listener);
  if (topic in topics) listener(topics[topic]);
}

export const url = path => base + path;

export async function get(path) {
  const answer = await fetch(base + path);
  return answer.ok ? answer.json() : null;
}

export function post(path, body) {
  return fetch(base + path, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  }).catch(() => null);
}

export function listen(names, whenLost) {
  const source = new EventSource(base + 'events');
  for (const name of names) {
    source.addEventListener(name, event => {
      topics[name] = JSON.parse(event.data);
      for (const listener of listeners[name] ?? []) listener(topics[name]);
    });
  }
  source.onerror = () => whenLost(true);
  source.onopen = () => whenLost(false);
}
