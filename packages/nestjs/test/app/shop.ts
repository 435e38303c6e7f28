import { Injectable } from '@nestjs/common';

/** What the application did, for the tests to see; and what they make it do. */
@Injectable()
export class Shop {
  /** A line for each call of a handler. */
  readonly log: string[] = [];
  /** Called by each handler with its line before it ends; may throw or wait. */
  onCall: (line: string) => unknown = () => {};

  async did(line: string): Promise<void> {
    this.log.push(line);
    await this.onCall(line);
  }
}
