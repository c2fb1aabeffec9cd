// Between the tabs of one browser. Where it has no locks (plain HTTP), each tab does as if it were the only one.

type Work<T> = () => Promise<T>;

// A tab that hangs must not keep the others waiting: the server bears two at once, only less neatly.
const LONGEST_WAIT = 10_000;

/** Does some work while no other tab does any by the same name. */
export async function alone<T>(name: string, work: Work<T>): Promise<T> {
  let end: { value: T } | undefined;
  const begun = await whenFree(name, AbortSignal.timeout(LONGEST_WAIT), async () => {
    end = { value: await work() };
  });
  return begun && end ? end.value : work();
}

/** Does some work, or nothing where another tab is at it. Tells which. */
export async function unlessElsewhere(name: string, _: AbortSignal, work: Work<void>): Promise<boolean> {
  if (!('locks' in navigator)) return work().then(() => true);
  return navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock) await work();
    return lock !== null;
  });
}

/** Does some work as soon as no other tab is at it, unless it is called off before. Tells which. */
export async function whenFree(name: string, signal: AbortSignal, work: Work<void>): Promise<boolean> {
  if (!('locks' in navigator)) return work().then(() => true);
  let begun = false;
  try {
    await navigator.locks.request(name, { signal }, () => {
      begun = true;
      return work();
    });
  } catch (error) {
    if (begun) throw error;
  }
  return begun;
}
