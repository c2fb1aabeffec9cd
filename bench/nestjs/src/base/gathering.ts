interface Waiting<Q, A> {
  question: Q;
  resolve: (answer: A) => void;
  reject: (error: unknown) => void;
}

/** What all requests of one turn of the event loop ask becomes one statement, of at most `most` questions. */
export class Gathering<Q, A> {
  private waiting: Waiting<Q, A>[] = [];

  constructor(
    private readonly most: number,
    private readonly answer: (questions: Q[]) => Promise<A[]>,
  ) {}

  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      if (this.waiting.push({ question, resolve, reject }) === 1) setImmediate(() => this.flush());
    });
  }

  private flush(): void {
    const all = this.waiting;
    this.waiting = [];
    for (let start = 0; start < all.length; start += this.most)
      void this.settle(all.slice(start, start + this.most));
  }

  private async settle(some: Waiting<Q, A>[]): Promise<void> {
    try {
      const answers = await this.answer(some.map((each) => each.question));
      some.forEach((each, i) => each.resolve(answers[i] as A));
    } catch (error) {
      for (const each of some) each.reject(error);
    }
  }
}
