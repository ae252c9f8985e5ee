type Answer = (query: unknown) => unknown;

/** What a service answers beside its views, for the gateway to pass on. */
export class Queries {
  private readonly answers = new Map<string, Answer>();

  add(name: string, answer: Answer): void {
    this.answers.set(name, answer);
  }

  find(name: string): Answer | undefined {
    return this.answers.get(name);
  }
}
