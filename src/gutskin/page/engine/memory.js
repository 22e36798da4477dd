// Room in the memory of the compiled model: numbers one behind the other, each array where a vector may begin.

const ALIGNED = 64; // bytes: an array begins at a multiple
const PAGE = 65536; // bytes by which memory grows

/** What is handed to the compiled model lies in here. */
export class Room {
  /**
   * @param {WebAssembly.Memory} memory of the compiled model
   * @param {number} first address that is free (bytes)
   */
  constructor(memory, first) {
    this.memory = memory;
    this.first = Math.ceil(first / ALIGNED) * ALIGNED;
    this.next = this.first;
  }

  /** Forget all arrays but those that lie before a mark. @param {number} mark address (bytes) */
  release(mark = this.first) {
    this.next = mark;
  }

  /** @param {number} size bytes @returns {number} address of so many bytes */
  take(size) {
    const at = this.next;
    this.next += Math.ceil(size / ALIGNED) * ALIGNED;
    const missing = this.next - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  /** @param {ArrayLike<number>} values @returns {number} address of these numbers */
  numbers(values) {
    const at = this.take(8 * values.length);
    this.floats(at, values.length).set(values);
    return at;
  }

  /** @param {number} count @returns {number} address of so many zeros */
  zeros(count) {
    const at = this.take(8 * count);
    this.floats(at, count).fill(0);
    return at;
  }

  /** @param {ArrayLike<number>} values whole ones @returns {number} address of them, 64 bits each */
  wholes(values) {
    const at = this.take(8 * values.length);
    const to = new BigInt64Array(this.memory.buffer, at, values.length);
    for (let i = 0; i < values.length; i++) to[i] = BigInt(values[i]);
    return at;
  }

  /** Numbers as they lie in memory; a view that is lost when memory grows.
   * @param {number} at address @param {number} count @returns {Float64Array} */
  floats(at, count) {
    return new Float64Array(this.memory.buffer, at, count);
  }

  /** @param {number} at address @returns {number} a whole number of 64 bits */
  whole(at) {
    return Number(new BigInt64Array(this.memory.buffer, at, 1)[0]);
  }
}
