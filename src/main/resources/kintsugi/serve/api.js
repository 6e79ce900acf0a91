/* The server: requests with the token, patience while its queue is full, and its stream of events. */
const TOKEN = "kintsugi-token";
const LONGEST_WAIT = 10;
const headers = () => {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { Authorization: "Bearer " + token } : {};
};

class ServerError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

let logIn = null;
let asking = null;
let onReach = () => {};

/* `ask(refused)` returns the token that a person enters; `reach(bool)` hears whether the server answers. */
export function prepareServer(ask, reach) {
  logIn = ask;
  onReach = reach;
}

/* One question at a time, however many requests were refused. */
function token(tried) {
  if (sessionStorage.getItem(TOKEN) !== tried) return Promise.resolve();
  asking ??= logIn(tried !== null).then(entered => {
    sessionStorage.setItem(TOKEN, entered);
    asking = null;
  });
  return asking;
}

const pause = seconds => new Promise(resolve => setTimeout(resolve, 1000 * seconds));

async function send(path, options) {
  try {
    const response = await fetch(path, { ...options, headers: { ...headers(), ...options.headers }, cache: "no-store" });
    onReach(true);
    return response;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    onReach(false);
    throw new ServerError("The server does not answer.", 0);
  }
}

/* The response to a request that was accepted. A full queue is asked again after the time it names,
   which `options.waiting(seconds)` hears of. */
export async function request(path, options = {}) {
  for (;;) {
    const tried = sessionStorage.getItem(TOKEN);
    const response = await send(path, options);
    if (response.ok) return response;
    if (response.status === 401) {
      await token(tried);
    } else if (response.status === 429) {
      const seconds = Math.min(LONGEST_WAIT, Math.max(1, Number(response.headers.get("Retry-After")) || 1));
      options.waiting?.(seconds);
      await pause(seconds);
    } else {
      const text = await response.text();
      let message = response.status + " " + response.statusText;
      try {
        message = JSON.parse(text).error || message;
      } catch {
        // Not an answer of this server's own.
      }
      throw new ServerError(message, response.status);
    }
  }
}

export const json = async (path, options) => (await request(path, options)).json();
export const blob = async (path, options) => (await request(path, options)).blob();
export const sendJson = (path, method, value) =>
  json(path, { method, body: JSON.stringify(value), headers: { "Content-Type": "application/json" } });
export const modelPath = (name, rest = "") => "/api/models/" + encodeURIComponent(name) + rest;

function parse(block, hear) {
  let kind = "message";
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("event:")) kind = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  if (data.length > 0) hear(kind, JSON.parse(data.join("\n")));
}

/* Server-sent events, by fetch because an EventSource cannot send a token. Connects again, for ever,
   also when the server ended the stream;
   `connected()` is called each time, since events may have been missed. */
export async function listen(hear, connected) {
  for (let wait = 1; ; wait = Math.min(LONGEST_WAIT, 2 * wait)) {
    try {
      const response = await request("/api/events", { headers: { Accept: "text/event-stream" } });
      wait = 0.5;
      connected();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const blocks = (text + part.value).split(/\r?\n\r?\n/);
        text = blocks.pop();
        blocks.forEach(block => parse(block, hear));
      }
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof TypeError)) throw error;
      onReach(false);
    }
    await pause(wait);
  }
}
