/** The memory of one reader, and whether it is still there: what a read asks before it begins something. */
export interface ReadRoom {
  /** Nobody waits for the read any more: nothing more is read for it. */
  readonly abandoned: boolean;
  /** Takes memory for the records; false when there is none now. */
  take(bytes: number): boolean;
  /** Runs `go` as soon as the bytes are taken; never when the reader leaves before. */
  whenTaken(bytes: number, go: () => void): void;
  /** Instead of the result: the read was given up since nobody waits. */
  gaveUp(): void;
}
