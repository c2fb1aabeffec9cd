// The server says something every 15 seconds: who is silent for longer than two of them is gone.
const SILENCE = 40_000;

export interface ServerEvent {
  event: string;
  data: unknown;
}

/**
 * Server-sent events, as the server writes them: a name, and one line of JSON each. A stream that falls silent ends
 * as one that is closed: on a dead path a read would wait for ever.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let event = 'message';
  try {
    for (;;) {
      const piece = await unlessSilent(reader.read());
      if (!piece || piece.done) return;
      text += decoder.decode(piece.value, { stream: true });
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('event: ')) event = line.slice(7);
        if (line.startsWith('data: ')) yield { event, data: JSON.parse(line.slice(6)) };
        if (line === '') event = 'message';
      }
    }
  } finally {
    // Not waited for: what is dead may never answer this either.
    reader.cancel().catch(() => undefined);
  }
}

async function unlessSilent<T>(read: Promise<T>): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<null>((done) => (timer = setTimeout(done, SILENCE, null)));
  try {
    return await Promise.race([read, silence]);
  } finally {
    clearTimeout(timer);
  }
}
