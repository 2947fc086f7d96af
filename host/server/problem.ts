/** A request that cannot be served: what is wrong, and what to do instead. Every refusal of the API has this form. */
export class Problem extends Error {
  readonly status: number;
  readonly remedy: string;

  constructor(status: number, message: string, remedy: string) {
    super(message);
    this.status = status;
    this.remedy = remedy;
  }
}
