const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NINE = 0x39;

/** Nothing that is looked for lies deeper or is named longer. */
const DEEPEST = 5;
const LONGEST_NAME = 32;

/** More digits than any count of tokens has. */
const LARGEST_NUMBER = 1e12;

/**
 * Finds whole numbers in a JSON text that comes in pieces, each with the names of the members that it lies in. It keeps
 * the present place and nothing of the text, and takes what is no JSON as it comes.
 */
export class JsonNumbers {
  readonly #onNumber: (names: readonly string[], value: number) => void;
  /** By depth, from 1: the present member's name, empty in an array. */
  readonly #names: string[] = [];
  readonly #isObject: boolean[] = [];
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** The next or present string is a member's name. */
  #isName = false;
  #name = '';
  /** Digits so far; -1: no number; NaN: one that is not whole. */
  #number = -1;

  /** @param onNumber `names` is only valid during the call */
  constructor(onNumber: (names: readonly string[], value: number) => void) {
    this.#onNumber = onNumber;
  }

  /** Forgets the place: another text begins. */
  restart(): void {
    this.#depth = 0;
    this.#isInString = false;
    this.#isEscaped = false;
    this.#isName = false;
    this.#number = -1;
  }

  read(piece: Uint8Array, from = 0, to = piece.length): void {
    for (let i = from; i < to; i += 1) {
      const byte = piece[i] as number;
      if (this.#isInString) this.#readInString(byte);
      else this.#readOutside(byte);
    }
  }

  #readInString(byte: number): void {
    if (this.#isEscaped) {
      this.#isEscaped = false;
    } else if (byte === BACKSLASH) {
      this.#isEscaped = true;
      // No name that is looked for is written with one.
      this.#name = '';
      this.#isName = false;
    } else if (byte === QUOTE) {
      this.#isInString = false;
      if (this.#isName && this.#depth <= DEEPEST) this.#names[this.#depth] = this.#name;
      this.#isName = false;
    } else if (this.#isName && this.#name.length <= LONGEST_NAME) {
      this.#name += String.fromCharCode(byte);
    }
  }

  #readOutside(byte: number): void {
    if (byte >= ZERO && byte <= NINE) {
      this.#number = this.#number === -1 ? byte - ZERO : this.#number * 10 + (byte - ZERO);
      return;
    }
    switch (byte) {
      case QUOTE:
        this.#isInString = true;
        this.#name = '';
        return;
      case 0x7b: // {
        this.#enter(true);
        return;
      case 0x5b: // [
        this.#enter(false);
        return;
      case 0x7d: // }
      case 0x5d: // ]
        this.#endNumber();
        if (this.#depth > 0) this.#depth -= 1;
        return;
      case 0x2c: // ,
        this.#endNumber();
        this.#isName = this.#isObject[this.#depth] ?? false;
        if (this.#isName) this.#names[this.#depth] = '';
        return;
      case 0x2b: // +
      case 0x2d: // -
      case 0x2e: // .
      case 0x45: // E
      case 0x65: // e
        // Also in `true` and `false`, where it does no harm: the comma ends it.
        this.#number = Number.NaN;
        return;
    }
  }

  #enter(isObject: boolean): void {
    this.#number = -1;
    this.#depth += 1;
    this.#isName = isObject;
    if (this.#depth > DEEPEST) return;
    this.#isObject[this.#depth] = isObject;
    this.#names[this.#depth] = '';
  }

  #endNumber(): void {
    const value = this.#number;
    this.#number = -1;
    if (value >= 0 && value < LARGEST_NUMBER && this.#depth > 0 && this.#depth <= DEEPEST) {
      this.#names.length = this.#depth + 1;
      this.#onNumber(this.#names, value);
    }
  }
}
