// What is set stands in the address; one move of the hand is one step that Back undoes.

const REST = 1000; // ms of rest after which a change is a step of its own

export class Trail {
  /** @param {() => string} written what is set, as the address has it */
  constructor(written) {
    this.written = written;
    this.last = -Infinity;
  }

  /** Where one goes is a step, always. */
  go() {
    history.pushState(null, "", `#${this.written()}`);
  }

  /** What is looked at changes no step: the address alone follows. */
  look() {
    history.replaceState(null, "", `#${this.written()}`);
  }

  /** What is set is a step, but for what follows in the same move. */
  set() {
    const now = performance.now();
    const same = now - this.last < REST || location.hash === `#${this.written()}`;
    this.last = now;
    if (same) this.look();
    else this.go();
  }
}
